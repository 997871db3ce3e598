ulimit -f 4096; python train.py
