echo go; chmod 644 train.sh; ./train.sh
