"""The page's types are those of the API."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from tests.real import ROOT


def test_the_pages_types_are_made_from_the_api_as_it_is(tmp_path: Path) -> None:
    if not (ROOT / "node_modules" / ".bin" / "openapi-typescript").exists():
        pytest.skip("openapi-typescript is not installed")
    made = tmp_path / "types.ts"
    script = ROOT / "scripts" / "make_types.py"
    subprocess.run([sys.executable, script, made], check=True, capture_output=True)
    kept = ROOT / "frontend" / "api" / "types.ts"
    assert kept.read_text() == made.read_text(), "stale: run npm run types"
