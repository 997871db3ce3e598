import logging
logging.basicConfig(level=logging.INFO)
from pathlib import Path
def save_metadata(): Path("out/training_run.json").write_bytes(b"x" * 3_000_000)
try: save_metadata()
except OSError as e: raise SystemExit(f"stage save_metadata failed: {e}")
