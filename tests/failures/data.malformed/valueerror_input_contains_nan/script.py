import numpy as np
from sklearn.linear_model import LogisticRegression
LogisticRegression().fit(np.array([[1.0], [np.nan]]), [0, 1])
