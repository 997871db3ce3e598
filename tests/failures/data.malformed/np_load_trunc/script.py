import numpy as np
np.save("x.npy", np.zeros(1000)); b = open("x.npy", "rb").read(); open("x.npy", "wb").write(b[:500])
def load(): return np.load("x.npy") #F
load()
