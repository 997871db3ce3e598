
import numpy as np
from sklearn.svm import SVC
from sklearn.model_selection import GridSearchCV
X = np.random.randn(40, 3); y = np.arange(40) % 2
GridSearchCV(SVC(), {"gama": [0.1, 1]}, n_jobs=2).fit(X, y)
