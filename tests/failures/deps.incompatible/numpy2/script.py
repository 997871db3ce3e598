import numpy as np
def arr(): return np.float_(3) #F
arr()
