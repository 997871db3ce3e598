import logging, sqlite3
logging.basicConfig(level=logging.INFO)
def load(path):
    with open(path, "rb") as file:
        if file.read(15) != b"SQLite format 3":
            raise ValueError("not SQLite")
    return sqlite3.connect(path)
logging.info("reading the database")
load("/srv/train/queries.db")
