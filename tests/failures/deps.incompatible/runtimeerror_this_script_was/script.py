from importlib.metadata import version
have = version("transformers")
if have.split(".")[0] != "3": raise RuntimeError(f"This script was written for transformers 3.x, found {have}; please install transformers<4")
