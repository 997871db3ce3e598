import logging, sys
from rich.logging import RichHandler
logging.basicConfig(level="INFO", format="%(message)s", handlers=[RichHandler(rich_tracebacks=True)])
log = logging.getLogger("ft")
def to_pair(row):
    return row["input"], row["output"] #F
def main():
    log.info("loading 2 rows")
    try: to_pair({"input": "x"})
    except Exception: log.exception("Failed"); sys.exit(1)
main()
