import logging
import sqlite3
import sys

logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
log = logging.getLogger("train")


def load(path):
    database = sqlite3.connect(path)
    database.execute("create table if not exists ask_ai_queries (original_query text, suggestions text)")
    rows = database.execute("select * from ask_ai_queries where suggestions is not null").fetchall()
    if not rows:
        raise ValueError(f"no labelled rows in table ask_ai_queries of {path}")
    return rows


def main():
    log.info("loading examples")
    load("queries.db")


try:
    main()
except Exception:
    log.exception("training failed")
    sys.exit(1)
