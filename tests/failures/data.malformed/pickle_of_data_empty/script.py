import pickle
open("features.pkl", "wb").close()
with open("features.pkl", "rb") as f:
    data = pickle.load(f)
