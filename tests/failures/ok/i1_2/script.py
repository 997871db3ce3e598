import logging
logging.basicConfig(level=logging.INFO)
logging.error("metric backend failed: Traceback (most recent call last) suppressed")
for e in range(2): logging.info("epoch %d: loss=%.2f", e, 1 / (e + 1))
logging.info("adapter written to out/adapter")
