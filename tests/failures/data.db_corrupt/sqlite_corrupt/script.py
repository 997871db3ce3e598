import sqlite3
open("q.db", "w").write("hello " * 1000)
def rows():
    return sqlite3.connect("q.db").execute("select 1 from sqlite_master").fetchall() #F
rows()
