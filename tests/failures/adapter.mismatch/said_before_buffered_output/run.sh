unset PYTHONUNBUFFERED; python train.py
