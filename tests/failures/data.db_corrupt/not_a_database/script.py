import sqlite3
open("queries.db", "wb").write(b"PK\x03\x04" + bytes(4096))
def rows():
    return sqlite3.connect("queries.db").execute("select * from ask_ai_queries").fetchall()
rows()
