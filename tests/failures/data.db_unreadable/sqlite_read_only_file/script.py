import sqlite3, os
sqlite3.connect("q.db").execute("create table t (a)")
os.chmod("q.db", 0o444); os.setgroups([]); os.setuid(65534)
db = sqlite3.connect("q.db")
db.execute("insert into t values (1)")
