/opt/dsvenv/bin/python train.py
