
import torch
from torch.utils.cpp_extension import load_inline
src = "torch::Tensor twice(torch::Tensor x) { return x * 2 }"
m = load_inline("twice", cpp_sources=[src], functions=["twice"], build_directory=".")
