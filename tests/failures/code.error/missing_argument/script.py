class Trainer:
    def __init__(self, model, data): self.model = model
Trainer(model=None)
