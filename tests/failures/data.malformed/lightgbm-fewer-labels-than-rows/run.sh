python lightgbm_train.py --labels 360
