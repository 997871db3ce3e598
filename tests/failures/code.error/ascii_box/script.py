from rich.traceback import install
install(width=80)
def f(x): return x.nothing
f(1)
