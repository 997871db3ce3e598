import logging
def setup(): logging.basicConfig(filename="/proc/version", filemode="w")
setup()
