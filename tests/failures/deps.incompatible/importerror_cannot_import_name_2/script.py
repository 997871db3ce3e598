from torch.utils._pytree import register_x
