python train.py --method lorra
