import sqlite3
c = sqlite3.connect("out/runs.db"); c.execute("create table m (x)")
def write():
    c.executemany("insert into m values (?)", [("x" * 1000,)] * 5000); c.commit()
write()
