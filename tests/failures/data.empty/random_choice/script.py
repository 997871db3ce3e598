import random, json, logging
logging.basicConfig(level=logging.INFO)
pool = [r for r in json.loads("[]")]
logging.info("%d few-shot examples", len(pool))
print(random.choice(pool))
