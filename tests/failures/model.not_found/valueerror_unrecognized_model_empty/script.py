from transformers import AutoConfig
import os
os.makedirs("empty")
AutoConfig.from_pretrained("empty")
