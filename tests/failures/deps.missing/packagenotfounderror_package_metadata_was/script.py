from transformers import AutoTokenizer, TrainingArguments
TrainingArguments(output_dir="o", deepspeed="ds.json", report_to=[])
