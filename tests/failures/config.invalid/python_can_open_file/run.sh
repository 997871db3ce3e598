python train_t5.py --epochs 3
