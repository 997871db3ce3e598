HF_ENDPOINT=http://127.0.0.1:9 /opt/dsvenv/bin/python train.py
