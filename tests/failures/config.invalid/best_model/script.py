from transformers import TrainingArguments
TrainingArguments(output_dir="out", load_best_model_at_end=True, eval_strategy="steps", save_strategy="epoch", report_to=[])
