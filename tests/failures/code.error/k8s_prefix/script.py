def f(x):
    return x.shape
print("starting")
f(3)
