import sqlite3
database = sqlite3.connect(":memory:")
database.execute("create table ask_ai_queries (query text, suggestions text)")
def fetch():
    return database.execute("select original_query, suggestions from ask_ai_queries").fetchall()
fetch()
