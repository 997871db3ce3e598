import sys
from pathlib import Path
path = Path("/srv/data/queries.db")
if not path.exists():
    print(f"ERROR: database {path} does not exist", file=sys.stderr)
    sys.exit(11)
