import sqlite3
def q(): return sqlite3.connect(":memory:").execute("SELECT * FORM t").fetchall() #F
q()
