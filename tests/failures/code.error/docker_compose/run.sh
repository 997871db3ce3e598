python train.py 2>&1 | sed "s/^/trainer-1  | /"; exit 1
