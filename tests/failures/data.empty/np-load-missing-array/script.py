"""Learn from features that an earlier step wrote."""

import numpy as np


def main() -> None:
    features = np.load("data/featurs.npy", mmap_mode=None)
    print(features.shape)


main()
