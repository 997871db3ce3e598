def prepare(n):
    raise RuntimeError('SQLite file /srv/data/ask_ai.db was not found') #F
print('starting')
prepare(3)
