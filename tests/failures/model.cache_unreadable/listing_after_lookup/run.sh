setpriv --bounding-set -dac_override,-dac_read_search,-fowner python train.py
