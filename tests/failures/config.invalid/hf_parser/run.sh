python train.py --output_dir out --lr 3
