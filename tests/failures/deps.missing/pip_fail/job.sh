set -e
pip install --no-index flashinfer-nope 2>&1
python train.py
