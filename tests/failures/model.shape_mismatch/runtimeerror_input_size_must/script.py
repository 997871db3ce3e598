import torch
rnn = torch.nn.LSTM(8, 4); rnn(torch.zeros(5, 2, 7))
