def tokens():
    import tiktoken
    return tiktoken
try: tokens()
except ModuleNotFoundError as e: raise SystemExit(f"Cannot start: {e}. pip install tiktoken")
