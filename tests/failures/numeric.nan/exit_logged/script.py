import logging, sys
logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
for s, l in enumerate([3.1, 7.9, 1.2e9, float("nan")]):
    logging.info("step=%d loss=%s", s, l)
logging.error("Loss is nan at step 3, stopping training")
sys.exit(1)
