from omegaconf import OmegaConf
cfg = OmegaConf.create({"model": {"name": "???"}, "lr": 1e-4})
def build(cfg):
    return cfg.model.name.upper() #F
build(cfg)
