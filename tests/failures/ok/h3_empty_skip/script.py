import logging; logging.basicConfig(level=20)
logging.error("shard 3: no samples, skipped"); logging.warning("row 12 malformed, ignored")
for i in range(3): logging.info("step %d loss %.3f", i, 1/(i+1))
logging.info("model written to out/")
