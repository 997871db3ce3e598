import tomllib
open("lastrun.toml", "w").write("[train]\nepochs = three\n")
def read(): return tomllib.load(open("lastrun.toml", "rb"))
read()
