from omegaconf import OmegaConf
def lr(c): return c.optim.lr #F
lr(OmegaConf.structured({"optim": {}}) if False else OmegaConf.create({"optim": {}, "_x": 1}) and (lambda c: (OmegaConf.set_struct(c, True), c)[1])(OmegaConf.create({"optim": {}})))
