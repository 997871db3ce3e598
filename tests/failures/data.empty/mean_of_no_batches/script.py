import json
from pathlib import Path

Path("train.jsonl").write_text("")
rows = [json.loads(line) for line in Path("train.jsonl").read_text().splitlines()]
losses = []
for row in rows:
    losses.append(len(row["text"]))
print("mean length", sum(losses) / len(losses))
