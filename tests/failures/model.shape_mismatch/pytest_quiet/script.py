import torch


def test_one_step_lowers_the_loss():
    layer = torch.nn.Linear(4, 2)
    layer(torch.randn(8, 5)).mean().backward()
