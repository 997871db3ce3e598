def step(n):
    error = TypeError("step() got a tuple")
    error.add_note("while running step 4")
    error.add_note("batch: 12 rows")
    raise error
step((1,))
