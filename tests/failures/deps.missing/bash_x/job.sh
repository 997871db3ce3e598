set -e
export FOO=1
python train.py
