from rich.traceback import install
install(width=80, show_locals=True)
def accumulate(history):
    threshold = 0.5
    return history.sum() > threshold
accumulate([1, 2, 3])
