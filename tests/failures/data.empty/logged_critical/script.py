import logging, sys
logging.basicConfig(level=logging.INFO, format="%(asctime)s | %(levelname)-8s | %(message)s")
logging.info("loaded 812 samples")
logging.critical("no samples survived the length filter (max 8 tokens)")
sys.exit(2)
