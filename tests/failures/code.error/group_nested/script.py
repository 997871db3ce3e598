def run():
    errors = []
    for f in (lambda: int("x"), lambda: [].pop()):
        try: f()
        except Exception as e: errors.append(e)
    raise ExceptionGroup("two checks failed", errors)
run()
