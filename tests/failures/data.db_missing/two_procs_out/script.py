import sqlite3, threading, time
def noise():
    for i in range(30): print(f"[prefetch] shard {i} ready"); time.sleep(0.01)
threading.Thread(target=noise).start()
time.sleep(.05)
def load(): return sqlite3.connect(":memory:").execute("select * from feedback") #F
load()
