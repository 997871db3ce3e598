import json, logging, sqlite3, sys, traceback
class Json(logging.Formatter):
    def format(self, record):
        entry = {"time": "2026-11-22T20:14:02Z", "level": record.levelname, "message": record.getMessage()}
        if record.exc_info:
            entry["exc_info"] = self.formatException(record.exc_info)
        return json.dumps(entry)
handler = logging.StreamHandler(); handler.setFormatter(Json())
logging.basicConfig(level=logging.INFO, handlers=[handler])
a = sqlite3.connect("queries.db"); a.execute("create table t (x)"); a.commit(); a.execute("begin exclusive")
logging.info("reading")
try:
    sqlite3.connect("queries.db", timeout=0.1).execute("select * from t")
except sqlite3.Error:
    logging.exception("could not read")
    sys.exit(1)
