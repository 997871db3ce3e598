def check(scaling):
    if set(scaling) != {"type", "factor"}:
        raise ValueError(
            "`rope_scaling` must be a dictionary with two fields, `type` and `factor`, "
            f"got {scaling}"
        )


check({"factor": 8.0})
