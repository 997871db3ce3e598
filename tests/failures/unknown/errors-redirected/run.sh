mkdir -p logs; python train.py > /dev/null 2> logs/errors.txt
