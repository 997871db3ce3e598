import os, sqlite3
c = sqlite3.connect("queries.db"); c.execute("create table t (x)"); c.commit(); c.close()
c = sqlite3.connect("file:queries.db?mode=ro", uri=True)
def mark():
    c.execute("insert into t values (1)")
mark()
