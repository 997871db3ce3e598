import torch
from torch import nn
class Tagger(nn.Module):
    def __init__(self):
        super().__init__(); self.rnn = nn.LSTM(16, 8, batch_first=True)
    def forward(self, x):
        return self.rnn(x)[0] #F
if __name__ == "__main__":
    print("building tagger"); m = Tagger(); m(torch.randn(2, 5, 32))
