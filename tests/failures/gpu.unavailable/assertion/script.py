import torch
def main():
    assert torch.cuda.is_available()
main()
