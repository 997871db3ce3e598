import sqlite3, sys
from pathlib import Path
def open_database(path):
    if not Path(path).is_file():
        raise FileNotFoundError(f"No database at {path}")
open_database("/srv/data/ask.db")
