import os, signal, logging
logging.basicConfig(level=logging.INFO)
logging.info("epoch 1 loss 0.9")
os.kill(os.getpid(), signal.SIGTERM)
