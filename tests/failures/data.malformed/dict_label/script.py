label2id = {"pos": 0, "neg": 1}
def encode(example):
    return {"labels": label2id[example["label"]]} #F
for ex in [{"label": "pos"}, {"label": "neutral"}]: encode(ex)
