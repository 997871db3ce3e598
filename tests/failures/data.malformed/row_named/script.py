def check(rows):
    for n, row in enumerate(rows):
        if not isinstance(row, float): raise ValueError(f"weight must be a float in row {n}, got {row!r}") #F
check([1.0] * 12 + ["abc"])
