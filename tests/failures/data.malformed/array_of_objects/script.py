"""Saves rows of different lengths as one array, and reads them back."""

import numpy as np

rows = np.array([[1, 2, 3], [4, 5]], dtype=object)
np.save("rows.npy", rows)
features = np.load("rows.npy")
