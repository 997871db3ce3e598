def encode(label): return {"negative": 0, "positive": 1}[label]
rows = [{"text": "a", "label": "positive"}, {"text": "b", "label": "neutral"}]
labels = [encode(r["label"]) for r in rows]
