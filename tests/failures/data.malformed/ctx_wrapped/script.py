class PrepareError(Exception): pass
def prep(rows):
    for n, r in enumerate(rows):
        try: float(r["score"])
        except ValueError:
            raise PrepareError(f"row {n} unusable") #F
prep([{"score": 1}] * 3 + [{"score": "high"}])
