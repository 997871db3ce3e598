for i in range(5): print("step", i, "loss", 1.0)
