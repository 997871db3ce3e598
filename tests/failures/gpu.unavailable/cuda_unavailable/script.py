import torch
def main():
    model = torch.nn.Linear(4, 4)
    model.to("cuda:0") #F
main()
