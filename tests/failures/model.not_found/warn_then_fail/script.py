import warnings
warnings.warn("CUDA initialization: no NVIDIA driver found, running on CPU")
from transformers import AutoModel
def load(): return AutoModel.from_pretrained("/models/none/at/all") #F
load()
