torchrun --nproc-per-node 2 --master-port 29741 train.py
