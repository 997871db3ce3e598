import logging
def setup(): logging.basicConfig(filename="/sys/train.log", filemode="w")
setup()
