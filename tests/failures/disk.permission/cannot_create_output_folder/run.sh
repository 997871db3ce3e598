mkdir out; mount -t tmpfs -o ro tmpfs out; python train.py
