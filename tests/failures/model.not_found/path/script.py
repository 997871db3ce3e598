from pathlib import Path
import sys
path = Path("models/smollm")
if not path.is_dir(): sys.exit(f"Model folder {path} does not exist")
