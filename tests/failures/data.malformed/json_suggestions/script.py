import json, sqlite3, logging
logging.basicConfig(level=logging.INFO, format="%(levelname)s %(message)s")
c = sqlite3.connect(":memory:"); c.execute("create table q (s text)"); c.execute("insert into q values ('{broken')")
def examples():
    for (s,) in c.execute("select s from q"): yield json.loads(s)[0]["description"]
logging.info("reading suggestions"); list(examples())
