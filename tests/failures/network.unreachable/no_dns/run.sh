HF_ENDPOINT=http://hub.invalid python train.py
