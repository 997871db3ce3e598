import logging, sys
logging.basicConfig(level=logging.INFO)
logging.info("value %d", "text")
for step in range(3): logging.info("step %d loss %.2f", step, 0.5)
logging.info("adapter saved")
