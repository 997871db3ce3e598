import logging, sqlite3
logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
a = sqlite3.connect("q.db"); a.execute("create table t (x)"); a.commit(); a.execute("begin exclusive")
for attempt in range(3):
    try:
        sqlite3.connect("q.db", timeout=0.05).execute("select * from t"); break
    except sqlite3.OperationalError:
        logging.warning("database busy, attempt %d, retrying", attempt, exc_info=True)
        if attempt == 1: a.commit()
for step in range(6): logging.info("step %d loss %.3f", step, 1 / (step + 1))
logging.info("training complete, saved to out/")
