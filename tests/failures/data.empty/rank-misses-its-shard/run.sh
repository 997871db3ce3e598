torchrun --nproc-per-node 2 --standalone ddp_train.py
