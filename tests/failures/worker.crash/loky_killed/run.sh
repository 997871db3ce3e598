python prep.py
