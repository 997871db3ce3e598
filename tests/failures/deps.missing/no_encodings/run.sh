PYTHONHOME=/nowhere python train.py
