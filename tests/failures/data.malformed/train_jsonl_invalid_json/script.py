import json, logging, sys
logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
bad = 0
for n, line in enumerate(['{"prompt": "a"}', "oops"], 1):
    try: json.loads(line)
    except json.JSONDecodeError as e:
        logging.error("train.jsonl:%d: invalid JSON: %s", n, e); sys.exit(12)
