LABELS = {"yes", "no"}
def enc(rows):
    for i, r in enumerate(rows):
        if r not in LABELS:
            raise ValueError(f"example {i}: label {r!r} not in {LABELS}") #F
enc(["yes"] * 4 + ["maybe"])
