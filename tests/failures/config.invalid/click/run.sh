python train.py --epoch 3
