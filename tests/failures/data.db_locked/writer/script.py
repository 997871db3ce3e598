import sqlite3
a = sqlite3.connect("queries.db"); a.execute("create table t (x)"); a.commit()
a.execute("begin exclusive")
b = sqlite3.connect("queries.db", timeout=0.2)
def count():
    return b.execute("select count(*) from t").fetchone()
print("counting rows")
count()
