import logging, traceback
logging.basicConfig(level=logging.INFO)
for a in range(3):
    try:
        if a < 2: raise ConnectionError("Connection reset by peer")
        break
    except ConnectionError:
        logging.exception("attempt %d failed", a)
for s in range(5): print(f"step {s} loss {1/(s+1):.3f}")
print("saved adapter to out/")
