import torch
def my_backend(gm, ex):
    raise RuntimeError("backend cannot lower aten.foo") #F
@torch.compile(backend=my_backend)
def f(x): return x.sin() + 1
f(torch.ones(3))
