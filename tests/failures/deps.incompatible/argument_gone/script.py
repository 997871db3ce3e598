from transformers import TrainingArguments
def arguments():
    return TrainingArguments(output_dir="out", evaluation_strategy="steps", eval_steps=10)
arguments()
