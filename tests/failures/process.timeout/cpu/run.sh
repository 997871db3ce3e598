ulimit -St 1; python train.py
