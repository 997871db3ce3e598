unshare -m bash -c 'mkdir -p out && mount -t tmpfs -o size=200k x out && python train.py'
