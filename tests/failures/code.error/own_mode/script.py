class Engine:
    training = False
    def step(self):
        if not self.training:
            raise RuntimeError("model is not in training mode, call .train() first") #F
Engine().step()
