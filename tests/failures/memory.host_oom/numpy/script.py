import numpy as np, logging
logging.basicConfig(level=logging.INFO, format="%(levelname)s:%(message)s")
logging.info("embedding the corpus")
matrix = np.ones((3_000_000, 3_000_000), dtype=np.float32)
