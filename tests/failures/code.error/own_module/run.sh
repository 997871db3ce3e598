echo "x = 1" > mymetrics.py; python train.py
