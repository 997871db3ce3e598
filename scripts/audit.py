"""Known weaknesses: in our code (bandit), in the Python packages (pip-audit) and in npm's.

python scripts/audit.py [--code]

Each exception stands in scripts/audit_exceptions.toml with its reason and its date; one that
excuses nothing any more fails too. What no advisory source answered for is said to be not checked,
and fails nothing: silence is no verdict.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
BIN = Path(sys.executable).parent
EXCEPTIONS = Path(__file__).with_name("audit_exceptions.toml")

Finding = tuple[str, str, str]  # what is weak, the weakness' id, one line about it


class NotChecked(Exception):
    """Nobody could say."""


def main(arguments: Sequence[str]) -> int:
    sources = {"code": code}
    if "--code" not in arguments:
        sources |= {"Python packages": python_packages, "npm packages": npm_packages}
    excused = {
        (entry["where"], entry["id"])
        for entry in tomllib.loads(EXCEPTIONS.read_text(encoding="utf-8"))["exception"]
    }
    return max(report(name, look, excused) for name, look in sources.items())


def report(name: str, look: Any, excused: set[tuple[str, str]]) -> int:
    """Say what a source found; 1 if anything of it is not excused."""
    try:
        found: list[Finding] = look()
    except NotChecked as why:
        print(f"{name}: not checked ({why})")
        return 0
    open_ones = [finding for finding in found if finding[:2] not in excused]
    for where, weakness, words in open_ones:
        print(f"{name}: {where}: {weakness} {words}")
    used = {finding[:2] for finding in found}
    stale = [pair for pair in sorted(excused - used) if name == "code" and "/" in pair[0]]
    for where, weakness in stale:
        print(f"{name}: the exception for {weakness} in {where} excuses nothing; remove it")
    print(f"{name}: {len(found)} found, {len(found) - len(open_ones)} of them excused")
    return 1 if open_ones or stale else 0


def code() -> list[Finding]:
    """What bandit finds in the package."""
    options = ["-q", "-r", "backend/lastwords", "-c", "pyproject.toml", "-f", "json"]
    command = [BIN / "bandit", *options]
    done = subprocess.run(command, cwd=ROOT, capture_output=True)
    answer = json.loads(done.stdout)
    if answer["errors"]:
        raise SystemExit(f"bandit could not read the code: {answer['errors']}")
    return [
        (item["filename"], item["test_id"], f"line {item['line_number']}: {item['issue_text']}")
        for item in answer["results"]
    ]


def python_packages() -> list[Finding]:
    """What pip-audit knows of the locked packages."""
    options = ["-r", "requirements.lock", "--no-deps", "--disable-pip", "-f", "json"]
    command = [BIN / "pip-audit", *options]
    done = subprocess.run(command, cwd=ROOT, capture_output=True)
    try:
        packages = json.loads(done.stdout)["dependencies"]
    except (ValueError, KeyError):
        raise NotChecked("the advisory source did not answer") from None
    checked = [package for package in packages if "vulns" in package]
    if not checked:
        raise NotChecked(f"the source knows none of {len(packages)} packages")
    for package in packages:
        if package not in checked:
            print(f"Python packages: {package['name']}: not checked ({package['skip_reason']})")
    return [
        (
            package["name"],
            weakness["id"],
            f"{package['version']}, mended in {weakness['fix_versions']}",
        )
        for package in checked
        for weakness in package["vulns"]
    ]


def npm_packages() -> list[Finding]:
    """What npm audit knows of the locked packages."""
    done = subprocess.run(["npm", "audit", "--json"], cwd=ROOT, capture_output=True)
    try:
        answer = json.loads(done.stdout)
        weak = answer["vulnerabilities"]
    except (ValueError, KeyError):
        raise NotChecked("the advisory source did not answer") from None
    return [(name, item["severity"], str(item["range"])) for name, item in weak.items()]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
