python train.py t5 --epoch-count 3
