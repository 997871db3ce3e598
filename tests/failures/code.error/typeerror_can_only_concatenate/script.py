total = "loss: " + 3.2
