import sqlite3, logging, sys
logging.basicConfig(level=logging.INFO)
class StageFailed(Exception): pass
def load_examples(c):
    rows = c.execute("select * from q where confidence > 0.9").fetchall()
    if len(rows) < 1: raise StageFailed("load_examples: query returned 0 rows")
c = sqlite3.connect(":memory:"); c.execute("create table q (confidence real)"); load_examples(c)
