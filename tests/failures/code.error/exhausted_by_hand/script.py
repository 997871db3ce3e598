it = iter([[1, 2], [3, 4]])
for step in range(5):
    b = next(it)
    print("step", step, "batch", b)
