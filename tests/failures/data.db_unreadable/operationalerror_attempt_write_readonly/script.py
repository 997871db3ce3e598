import sqlite3, os
os.makedirs("d.db")
sqlite3.connect("file:q.db?mode=ro", uri=True).execute("pragma user_version = 3")
