cp train.py test_train.py
python -m pytest -q -p no:cacheprovider test_train.py
