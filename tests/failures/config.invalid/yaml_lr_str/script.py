import yaml, torch
def make_optimizer(model, cfg):
    return torch.optim.AdamW(model.parameters(), lr=cfg["optim"]["lr"]) #F
cfg = yaml.safe_load(open("config.yaml"))
print("config:", cfg)
opt = make_optimizer(torch.nn.Linear(2, 2), cfg)
