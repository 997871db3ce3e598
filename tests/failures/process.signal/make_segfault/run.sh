printf 'train:\n\t@python train.py\n' > Makefile
make train
