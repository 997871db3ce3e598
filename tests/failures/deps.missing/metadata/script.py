import importlib.metadata
def check(): return importlib.metadata.version("bitsandbytes")
check()
