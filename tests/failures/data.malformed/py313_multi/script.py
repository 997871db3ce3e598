def check(cols):
    if "text" not in cols:
        raise ValueError( #F
            f"column 'text' missing; "
            f"have {cols}"
        )
check(["a"])
