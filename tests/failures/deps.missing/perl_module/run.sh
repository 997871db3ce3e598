set -e
echo "cleaning corpus"
perl clean.pl
python train.py
