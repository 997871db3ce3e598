"""Make the page's TypeScript types from the API's OpenAPI document.

Run as: python scripts/make_types.py TARGET.ts
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

from lastwords.api.openapi import document

ROOT = Path(__file__).parent.parent


def make_types(target: Path) -> None:
    """Write the types to `target`, formatted as the page's own code is."""
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "openapi.json"
        source.write_text(json.dumps(document()), encoding="utf-8")
        tool = ROOT / "node_modules" / ".bin" / "openapi-typescript"
        subprocess.run(
            [tool, source, "--default-non-nullable=false", "-o", target],
            cwd=ROOT,
            check=True,
            stdout=sys.stderr,
        )


if __name__ == "__main__":
    make_types(Path(sys.argv[1]))
