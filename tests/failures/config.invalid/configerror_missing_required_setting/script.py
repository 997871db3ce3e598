class ConfigError(Exception): pass
def check(c):
    if "model" not in c: raise ConfigError("missing required setting 'model'")
check({})
