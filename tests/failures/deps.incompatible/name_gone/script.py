import torch
from transformers import AdamW, get_linear_schedule_with_warmup
