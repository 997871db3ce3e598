python train.py --rate 7
