PATH=/opt/venv/bin python train.py
