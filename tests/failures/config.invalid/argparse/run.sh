python train.py --learning-rate fast
