import pickle
def cache(o):
    with open("out/c.pkl", "wb") as f: pickle.dump(o, f)
cache(bytes(5_000_000))
