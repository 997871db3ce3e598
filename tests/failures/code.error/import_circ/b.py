from a import B
C = 1
