printf '{"a": 1}\n{"a": \n' > t.jsonl; /opt/dsvenv/bin/python train.py
