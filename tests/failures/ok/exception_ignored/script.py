class Noisy:
    def __del__(self):
        raise RuntimeError("in a destructor")
n = Noisy(); del n
print("epoch 1 loss 0.31")
print("model saved to out")
