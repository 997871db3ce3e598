def f(a): return a + undefined
class E(Exception): pass
try: f(1)
except NameError as e: raise E("step 3 could not be computed") from e
