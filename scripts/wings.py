"""The wings of the package: who lives in each, and which others it may import.

The one table of the structure: `tests/test_architecture.py` holds the code to it, and
`python scripts/wings.py` draws it into docs/architecture.md.
"""

from __future__ import annotations

import ast
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "backend" / "lastwords"
DOCUMENT = ROOT / "docs" / "architecture.md"
BEGIN, END = "<!-- wings: made by scripts/wings.py -->", "<!-- end of wings -->"


@dataclass(frozen=True)
class Wing:
    """A folder of the package. `facade`: its `__init__.py` holds code, because others name it."""

    holds: str
    imports: tuple[str, ...] = ()
    facade: bool = False


# From the roof down: each wing may import only wings below it.
WINGS = {
    "cli": Wing(
        "the commands, their two clients (local, remote), the foreground of a shell",
        (
            *("server", "mcp", "receiving", "shipping", "doctor", "imports"),
            *("presentation", "supervision", "executors", "recording"),
            *("logs", "security", "store", "demo", "folders", "diagnosis"),
        ),
        facade=True,
    ),
    "server": Wing(
        "the process that serves: app, waitress with deadlines, its log, Prometheus",
        (
            *("api", "presentation", "supervision", "executors", "recording", "security"),
            *("store", "folders", "diagnosis"),
        ),
    ),
    "api": Wing(
        "the Flask blueprint: endpoints, models, problems, who gets in (login, sessions, cookies)",
        (
            *(
                "mcp",
                "receiving",
                "shipping",
                "doctor",
                "imports",
                "presentation",
                "supervision",
                "measurements",
            ),
            *("logs", "security", "store", "demo", "folders", "diagnosis"),
        ),
        facade=True,
    ),
    "mcp": Wing(
        "the Model Context Protocol: tools and resources for coding agents, by HTTP and stdio",
        ("presentation", "supervision", "logs", "security", "store", "diagnosis"),
    ),
    "receiving": Wing(
        "runs of other machines: what they send, by offset; tokens, limits, who comes back late",
        ("shipping", "supervision", "executors", "recording", "security", "store", "folders"),
    ),
    "shipping": Wing(
        "the process that sends a run's files to a server; the form of what is sent",
        ("supervision", "executors", "recording", "measurements", "folders"),
    ),
    "doctor": Wing(
        "checks before a run",
        ("supervision", "executors", "recording", "store", "folders", "trainer"),
        facade=True,
    ),
    "imports": Wing(
        "logs of before: read, explained and listed as runs; what proves how they ended",
        ("presentation", "supervision", "measurements", "store", "folders", "diagnosis"),
    ),
    "presentation": Wing(
        "a run in JSON, in words, as a command to run again; the facts of its report; terminals",
        (
            *("supervision", "comparing", "repairing", "executors", "recording", "surroundings"),
            *("logs", "security", "folders", "diagnosis"),
        ),
    ),
    "supervision": Wing(
        "decides: start, cancel, retry, settle, watch, completion, flags, retention, rebuild",
        (
            *("executors", "notifications", "measurements", "comparing", "repairing"),
            *("recording", "surroundings", "logs", "security", "store", "folders", "diagnosis"),
        ),
    ),
    "executors": Wing(
        "where an attempt is placed, and adopting one", ("recording", "folders"), facade=True
    ),
    "notifications": Wing(
        "outbox, delivery, channels", ("security", "recording", "folders"), facade=True
    ),
    "measurements": Wing("metrics, curves, downsampling", ("logs", "folders")),
    "comparing": Wing(
        "what two runs were started with, side by side, the most suspicious change first; pure",
        ("surroundings",),
    ),
    "repairing": Wing(
        "changes that could mend a failure: of a training's spec, or of a command line; pure",
        ("store",),
    ),
    "recording": Wing(
        "the process beside an attempt, and starting, stopping and asking for it; processes, "
        "control groups, a child's environment",
        ("surroundings", "folders"),
    ),
    "surroundings": Wing(
        "what an attempt was started in: code, packages, data, machine, variables",
        ("folders",),
    ),
    "logs": Wing("output.log by bytes, lines and times; search; the line index", ("folders",)),
    "security": Wing(
        "what is unsafe to start with, the audit, known secrets", ("folders", "diagnosis")
    ),
    "demo": Wing("the demo's data, model and examples", ("folders", "trainer")),
    "integrations": Wing(
        "callbacks for the training loops of transformers, Lightning and Keras",
        ("trainer",),
        facade=True,
    ),
    "store": Wing("all SQL: runs, groups, the database file, migrations"),
    "folders": Wing(
        "the run folder: attempts, facts written once, locks, events, artifacts, safe opening"
    ),
    "diagnosis": Wing(
        "a log and an ending in, an explanation or a bug report out; masking of secrets; pure",
        facade=True,
    ),
    "trainer": Wing("learns; the only part that imports torch"),
}
# Modules at the top level; every wing may import the nouns, and they import only each other.
NOUNS = ("basics", "records", "addresses", "retries", "config", "spec")
ENTRANCES = {
    "__init__": ("trainer", "notebook"),
    "__main__": ("cli",),
    "notebook": (),
}
APART = ("diagnosis", "trainer")  # import no noun either


def table() -> str:
    """The wings as a table in Markdown."""
    rows = ["| wing | holds | may import |", "|---|---|---|"]
    for name, wing in WINGS.items():
        rows.append(f"| `{name}/` | {wing.holds} | {', '.join(wing.imports) or 'no wing'} |")
    return "\n".join(rows)


def picture() -> str:
    """The wings as a Mermaid graph, without the arrows that others imply."""
    lines = ["```mermaid", "graph TD"]
    for name, wing in WINGS.items():
        direct = [other for other in wing.imports if not _is_implied(wing, other)]
        lines += [f"  {name} --> {other}" for other in direct]
    return "\n".join([*lines, "```"])


def _is_implied(wing: Wing, other: str) -> bool:
    return any(other in _reached_from(between) for between in wing.imports if between != other)


def _reached_from(name: str) -> set[str]:
    found = set(WINGS[name].imports)
    return found.union(*map(_reached_from, found))


def files() -> str:
    """Every file of every wing, with the first sentence of its docstring, folded by wing."""
    lines = []
    for folder in (PACKAGE, *(PACKAGE / name for name in WINGS)):
        lines += ["<details>", f"<summary>{_shown(folder)}/</summary>", ""]
        lines += [f"- `{_shown(path)}`: {_purpose(path)}" for path in _documented(folder)]
        lines += ["", "</details>", ""]
    return "\n".join(lines).rstrip()


def _documented(folder: Path) -> list[Path]:
    below = folder.glob("*.py") if folder == PACKAGE else folder.rglob("*.py")
    return sorted(path for path in below if path.name != "__init__.py")


def _shown(path: Path) -> str:
    return "lastwords" if path == PACKAGE else str(path.relative_to(PACKAGE))


def _purpose(path: Path) -> str:
    """The first paragraph of a module's docstring, on one line."""
    said = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    return " ".join(said.split("\n\n")[0].split())


def drawn(text: str) -> str:
    """The document with picture, table and files as they are now."""
    before, rest = text.split(BEGIN)
    after = rest.split(END)[1]
    return f"{before}{BEGIN}\n\n{picture()}\n\n{table()}\n\n{files()}\n\n{END}{after}"


if __name__ == "__main__":
    DOCUMENT.write_text(drawn(DOCUMENT.read_text(encoding="utf-8")), encoding="utf-8")
    print(f"{DOCUMENT.relative_to(Path.cwd())} has {len(WINGS)} wings", file=sys.stderr)
