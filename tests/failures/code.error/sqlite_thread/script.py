import sqlite3
from concurrent.futures import ThreadPoolExecutor
c = sqlite3.connect(":memory:")
def q(): return c.execute("select 1").fetchall() #F
with ThreadPoolExecutor(1) as p: p.submit(q).result()
