import logging
logging.basicConfig(level=logging.INFO)
logging.info("all 0 new files were processed")
