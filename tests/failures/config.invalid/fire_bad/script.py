import fire
def train(lr=0.1): print(lr)
fire.Fire(train)
