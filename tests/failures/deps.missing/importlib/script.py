import importlib
def plugin(name):
    return importlib.import_module(f"{name}.integrations")
plugin("aim")
