import sqlite3, time, logging, sys
logging.basicConfig(level=logging.INFO)
a = sqlite3.connect("q.db"); a.execute("create table t (x)"); a.commit(); a.execute("begin exclusive")
for i in range(3):
    try: sqlite3.connect("q.db", timeout=0.05).execute("insert into t values (1)")
    except sqlite3.OperationalError as e: logging.warning("try %d: %s", i + 1, e)
logging.error("giving up: database is locked after 3 tries"); sys.exit(1)
