import torch, resource, signal
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))
def save_checkpoint(model, path):
    torch.save(model.state_dict(), path) #F
for e in range(2): print(f"epoch {e} loss 0.{e}")
save_checkpoint(torch.nn.Linear(1000, 1000), "ck.pt")
