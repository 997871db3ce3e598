"""Several runs in a table: what they were started with, a row for each thing that was kept."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import Any

from lastwords.comparing.comparison import Kept
from lastwords.comparing.facts import is_fleeting, machine_of, settings_of
from lastwords.comparing.item import Kind

_Values = Mapping[str, str | None]


@dataclass(frozen=True)
class Row:
    """A value of each run, in the order of the runs; None where one has none."""

    kind: Kind
    name: str
    values: list[str | None]
    differs: bool


def table(runs: Sequence[Kept]) -> list[Row]:
    """Parameters and options, those that differ first; of everything else, only what differs."""
    settings = _rows("settings", [settings_of(run.asked) for run in runs])
    rest = [row for kind, of in _OTHERS for row in _rows(kind, [of(run) for run in runs])]
    return [
        *sorted(settings, key=lambda row: not row.differs),
        *(_numbered(row) if row.kind == "variables" else row for row in rest if row.differs),
    ]


def _rows(kind: Kind, found: Sequence[_Values]) -> Iterator[Row]:
    """A run of which nothing of a kind was kept differs in nothing of it."""
    for name in dict.fromkeys(name for values in found for name in values):
        known = {values.get(name) for values in found if values or kind == "settings"}
        yield Row(kind, name, [values.get(name) for values in found], len(known) > 1)


def _numbered(row: Row) -> Row:
    """Variables: that a value is another one is known, which it is is not."""
    order = list(dict.fromkeys(value for value in row.values if value is not None))
    values = [None if v is None else f"value {order.index(v) + 1}" for v in row.values]
    return replace(row, values=values)


def _packages(run: Kept) -> dict[str, str | None]:
    python = run.environment.get("python") or {}
    return {"Python": python.get("version"), **(python.get("packages") or {})} if python else {}


def _code(run: Kept) -> dict[str, str | None]:
    if not run.code:
        return {}
    commit = run.code.get("commit")
    changes = f"{run.diff_bytes:,} bytes" if run.diff_bytes else None
    return {
        "branch": run.code.get("branch"),
        "commit": commit and commit[:10],
        "uncommitted changes": changes,
    }


def _data(run: Kept) -> dict[str, str | None]:
    """Files by their names, as folders differ; by their paths where two have one name."""
    files = {str(item["path"]): _content(item) for item in run.environment.get("data") or []}
    names = Counter(PurePosixPath(path).name for path in files)
    short = {path: PurePosixPath(path).name for path in files}
    return {short[path] if names[short[path]] == 1 else path: files[path] for path in files}


def _content(item: Mapping[str, Any]) -> str:
    size = next((f"{item[key]:,} {key}" for key in ("rows", "bytes") if item.get(key)), "")
    return f"{size} {str(item.get('sha256') or '')[:12]}".strip()


def _variables(run: Kept) -> dict[str, str | None]:
    """The fingerprints of their values."""
    names = (run.environment.get("variables") or {}).get("names") or {}
    return {name: value for name, value in names.items() if not is_fleeting(name)}


_OTHERS: Sequence[tuple[Kind, Callable[[Kept], _Values]]] = (
    ("code", _code),
    ("data", _data),
    ("packages", _packages),
    ("machine", lambda run: machine_of(run.environment)),
    ("variables", _variables),
)
