import sqlite3
class LoadFailed(RuntimeError): pass
def write():
    try:
        c = sqlite3.connect("queries.db")
        c.execute("insert into t values (1)")
    except sqlite3.OperationalError as error:
        raise LoadFailed("stage load_examples failed") from error
write()
