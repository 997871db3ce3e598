
from omegaconf import OmegaConf
cfg = OmegaConf.load("c.yaml")
print(OmegaConf.to_container(cfg, resolve=True))
