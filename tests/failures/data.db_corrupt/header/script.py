import sqlite3
c = sqlite3.connect("q.db"); c.execute("create table t (x)"); c.commit(); c.close()
raw = bytearray(open("q.db", "rb").read()); raw[16:24] = b"\x00" * 8; open("q.db", "wb").write(raw)
sqlite3.connect("q.db").execute("select count(*) from t")
