import sqlite3
def act():
    raise sqlite3.OperationalError('disk I/O error') #F
act()
