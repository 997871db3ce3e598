printf "a\nb\n" > train.txt; python train.py
