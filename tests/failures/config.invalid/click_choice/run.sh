python train.py --precision fp12
