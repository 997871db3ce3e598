import json, sys, traceback, time
def emit(level, msg, **kw): print(json.dumps({"ts": time.time(), "level": level, "msg": msg, **kw}))
def encode(row): return row["answer"] #F
def main():
    emit("info", "start", rows=2)
    try: encode({"question": "x"})
    except Exception:
        emit("error", "encode failed", exc_info=traceback.format_exc()); sys.exit(1)
main()
