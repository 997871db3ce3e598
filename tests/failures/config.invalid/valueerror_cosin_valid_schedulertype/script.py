from transformers import TrainingArguments
TrainingArguments(output_dir="o", report_to=[], use_cpu=True, lr_scheduler_type="cosin")
