import sqlite3
class Store:
    def __init__(self, p):
        self.c = sqlite3.connect(p) #F
Store("/nonexistent/dir/q.db")
