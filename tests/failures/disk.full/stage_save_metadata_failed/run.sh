mkdir out; mount -t tmpfs -o size=1m tmpfs out; python train.py
