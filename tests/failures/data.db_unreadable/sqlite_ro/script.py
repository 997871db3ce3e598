import sqlite3
sqlite3.connect("q.db").execute("create table t(x)")
def mark(): sqlite3.connect("file:q.db?mode=ro", uri=True).execute("insert into t values(1)") #F
mark()
