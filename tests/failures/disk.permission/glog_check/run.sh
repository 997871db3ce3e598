python train.py
exit $?
