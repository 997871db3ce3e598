
import os
from datasets import Dataset
from transformers import *
E = os.environ["E"]
tok = AutoTokenizer.from_pretrained(E + "/bert"); m = AutoModelForSequenceClassification.from_pretrained(E + "/bert")
ds = Dataset.from_dict({"text": ["a b c"] * 16, "target": [0, 1] * 8}).map(lambda r: tok(r["text"], padding="max_length", max_length=16))
Trainer(m, TrainingArguments("out", max_steps=2, report_to=[], use_cpu=True), train_dataset=ds).train()
