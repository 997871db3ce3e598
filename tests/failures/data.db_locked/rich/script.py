import sqlite3
from rich.traceback import install
install(width=80)
a = sqlite3.connect("queries.db"); a.execute("create table t (x)"); a.commit(); a.execute("begin immediate")
def mark_as_used(identifiers):
    b = sqlite3.connect("queries.db", timeout=0.1)
    b.executemany("insert into t values (?)", identifiers)
    b.commit()
mark_as_used([(1,), (2,)])
