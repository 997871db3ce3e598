import sqlite3
a = sqlite3.connect("q.db"); a.execute("create table t(x)"); a.commit(); a.execute("begin exclusive")
def mark():
    with sqlite3.connect("q.db", timeout=0.2) as c:
        c.execute("insert into t values (1)") #F
mark()
