mkdir out; mount -t tmpfs -o ro tmpfs out; set -e; echo "epoch 1 loss 0.2"; cp train.py out/train.py
