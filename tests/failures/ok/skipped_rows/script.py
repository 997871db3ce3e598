import json, logging
logging.basicConfig(level=logging.INFO)
for n, line in enumerate(['{"a": 1}', '{"a": ', 'x']):
    try: json.loads(line)
    except ValueError as e: logging.error("line %d is invalid JSON, skipped: %s", n, e)
for s in range(4): logging.info("step %d loss %.3f", s, 0.3)
logging.info("model written to out")
