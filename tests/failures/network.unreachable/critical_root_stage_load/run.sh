HF_ENDPOINT=http://127.0.0.1:9 python train.py
