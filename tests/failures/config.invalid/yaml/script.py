import yaml
open("config.yaml", "w").write("model: t5\n  rate: 1e-4\n bad\n")
def read():
    return yaml.safe_load(open("config.yaml"))
read()
