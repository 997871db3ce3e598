source .venv/bin/activate && python train.py
