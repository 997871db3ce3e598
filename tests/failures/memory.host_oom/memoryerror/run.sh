ulimit -v 1000000; python train.py
