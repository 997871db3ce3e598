python -X faulthandler train.py
