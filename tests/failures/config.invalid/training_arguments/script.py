from transformers import TrainingArguments
TrainingArguments(output_dir="out", eval_strategy="sometimes")
