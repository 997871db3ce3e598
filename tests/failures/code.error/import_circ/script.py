from a import B
