printf "from other import b\na = 1\n" > helper.py; printf "from helper import a\nb = 1\n" > other.py; python train.py
