def train():
    optimiser.step() #F
train()
