import json, logging
logging.basicConfig(level=logging.INFO)
open("train.jsonl", "wb").write('{"text": "K\xfcche"}\n'.encode("latin-1"))
logging.info("loading train.jsonl")
rows = [json.loads(line) for line in open("train.jsonl", encoding="utf-8")]
