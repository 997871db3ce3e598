import json
from pathlib import Path
def load(p): return json.loads(Path(p).read_text())["examples"]
Path("d.json").write_text('{"examples": []}')
rows = load("d.json")
batch = rows[0]
