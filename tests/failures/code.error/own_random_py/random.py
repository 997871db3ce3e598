seed = 3
