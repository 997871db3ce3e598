import logging
import sys
from pathlib import Path

logging.basicConfig(format="%(levelname)s %(name)s: %(message)s", level=logging.INFO)
log = logging.getLogger("load")
path = Path("data/ask.db")
if not path.exists():
    log.error("database %s does not exist", path)
    log.error("run `make db` first")
    sys.exit(1)
