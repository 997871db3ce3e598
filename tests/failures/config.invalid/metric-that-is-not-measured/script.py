
import os, numpy as np
from datasets import Dataset
from transformers import *
m = AutoModelForSequenceClassification.from_pretrained(os.environ["E"] + "/bert")
ds = Dataset.from_dict({"input_ids": [[3, 4, 5, 6]] * 16, "labels": [0, 1] * 8})
def cm(p): return {"acc": float((p.predictions.argmax(-1) == p.label_ids).mean())}
Trainer(m, TrainingArguments("out", max_steps=2, eval_steps=1, save_steps=1, eval_strategy="steps", save_strategy="steps", load_best_model_at_end=True, metric_for_best_model="f1", report_to=[], use_cpu=True), train_dataset=ds, eval_dataset=ds, compute_metrics=cm).train()
