timeout 1 python train.py
