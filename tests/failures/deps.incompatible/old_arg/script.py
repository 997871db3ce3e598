from transformers import TrainingArguments
def args():
    return TrainingArguments(output_dir="o", evaluation_strategy="steps") #F
args()
