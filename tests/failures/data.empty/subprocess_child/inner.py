def prepare(rows):
    kept = [r for r in rows if r]
    if not kept:
        raise ValueError("no training examples left after filtering") #F
    return kept
prepare(["", ""])
