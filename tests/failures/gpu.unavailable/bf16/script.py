from transformers import TrainingArguments
args = TrainingArguments(output_dir="out", fp16=True, report_to=[])
from accelerate import Accelerator
Accelerator(mixed_precision="fp16").prepare_model
import torch
if not torch.cuda.is_available():
    raise RuntimeError("No CUDA GPUs are available")
