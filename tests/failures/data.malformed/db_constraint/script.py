import sqlite3

database = sqlite3.connect("examples.db")
database.execute("CREATE TABLE IF NOT EXISTS examples (id INTEGER PRIMARY KEY, question TEXT NOT NULL)")


def keep(rows):
    for row in rows:
        database.execute("INSERT INTO examples (question) VALUES (?)", (row.get("question"),))


keep([{"question": "turn on the light"}, {"answer": "on"}])
