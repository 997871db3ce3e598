python train.py --epochs many
