def parse(rows):
    for i, r in enumerate(rows):
        try: float(r) #F
        except ValueError as e:
            e.add_note(f"while reading row {i} of train.csv"); raise
parse(["1", "x"])
