import logging, sys
logging.basicConfig(level=logging.INFO, format="%(asctime)s [%(levelname)s] %(message)s")
rows = []
logging.info("Loaded %d rows", len(rows))
if not rows:
    logging.error("Training set is empty. Aborting.")
    sys.exit(2)
