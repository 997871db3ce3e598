from transformers import TrainingArguments
TrainingArguments(output_dir="o", report_to=[], use_cpu=True, fp16=True, bf16=True)
