import sqlite3, logging
logging.basicConfig(level=logging.INFO, format="[%(asctime)s] %(levelname)s %(message)s")
logging.info("connecting")
sqlite3.connect("queries.db").execute("select original_query from ask_ai_queries order by created_at desc").fetchall()
