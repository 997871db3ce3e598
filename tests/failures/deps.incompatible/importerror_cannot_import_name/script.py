from transformers import Trainer
from peft import PeftModelForSeq2SeqLMX
