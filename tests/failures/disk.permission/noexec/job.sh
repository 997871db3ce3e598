echo start
./train.sh --epochs 3
