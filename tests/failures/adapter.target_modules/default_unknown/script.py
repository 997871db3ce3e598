import torch
from torch import nn
from transformers import PretrainedConfig, PreTrainedModel
from peft import LoraConfig, get_peft_model
class C(PretrainedConfig):
    model_type = "my-own"
class M(PreTrainedModel):
    config_class = C
    def __init__(self, config):
        super().__init__(config)
        self.inner = nn.Linear(3, 3)
get_peft_model(M(C()), LoraConfig(r=2))
