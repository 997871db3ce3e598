class LoadFailed(RuntimeError):
    pass


def load(name):
    try:
        open(name)
    except OSError:
        raise LoadFailed(f"model {name!r} could not be loaded") from None


load("/srv/models/bert-large")
