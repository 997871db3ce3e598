import sqlite3
c = sqlite3.connect("q.db"); c.execute("create table t (x text)")
c.executemany("insert into t values (?)", [("row %d " % n * 50,) for n in range(500)]); c.commit(); c.close()
raw = bytearray(open("q.db", "rb").read())
raw[4096:40960] = b"\xff" * 36864
open("q.db", "wb").write(raw)
print("epoch 0")
total = 0
for (text,) in sqlite3.connect("q.db").execute("select x from t"):
    total += len(text)
