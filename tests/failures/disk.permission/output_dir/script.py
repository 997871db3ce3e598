import os, logging
logging.basicConfig(level=logging.INFO)
def prepare(path):
    os.makedirs(path, exist_ok=True)
logging.info("preparing output")
prepare("/srv/out/adapter")
