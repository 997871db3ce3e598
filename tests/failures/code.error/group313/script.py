def a(): raise ValueError("bad a")
def b(): raise KeyError("b")
def main():
    errs = []
    for f in (a, b):
        try: f()
        except Exception as e: errs.append(e)
    raise ExceptionGroup("2 shards failed", errs)
main()
