class A:
    def step(self): raise NotImplementedError
A().step()
