from transformers import Trainer, TrainingArguments
TrainingArguments(output_dir="o", no_cuda=True)
