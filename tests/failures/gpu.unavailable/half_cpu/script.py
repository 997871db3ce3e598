from transformers import TrainingArguments
TrainingArguments(output_dir="out", bf16=True, tf32=True, report_to=[])
