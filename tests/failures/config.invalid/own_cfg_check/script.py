def plan(total, warm):
    if warm > total:
        raise ValueError(f"warmup_steps ({warm}) exceeds total steps ({total})") #F
plan(100, 500)
