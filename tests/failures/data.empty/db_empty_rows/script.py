import sqlite3
def load():
    c = sqlite3.connect(":memory:"); c.execute("create table q(a)")
    rows = c.execute("select * from q").fetchall()
    if not rows: raise RuntimeError(f"query returned {len(rows)} rows: nothing to train on") #F
load()
