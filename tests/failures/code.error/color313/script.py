def merge(cfg):
    return {k: v for k, v in cfg.items()} #F
merge([1])
