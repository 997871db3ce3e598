exec python t.py
