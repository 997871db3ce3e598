import sys

print("starting")
sys.exit("allocation of 3.2 GiB on cuda:0 failed, 1.1 GiB free")
