rows = []
def load():
    while True:
        rows.append(bytearray(50_000_000))
load()
