"""Which files of metrics a run wrote: below its folder, and below the folder it worked in.

A file counts if it was last written while the run went on. Where another run worked in the same
folder at the same time, and where several programs' files lie there, nobody can tell whose they
are, and none is read. The search is short: it ends after MOST_ENTRIES names.
"""

from __future__ import annotations

import json
import os
import stat
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lastwords.folders.jsonl import read_objects
from lastwords.folders.runfolder import (
    AttemptFolder,
    UnreadableFact,
    all_run_ids,
    attempt_folder,
    read_result,
    read_spec,
    write_whole_once,
)
from lastwords.measurements.logged_files import READERS, kind_of
from lastwords.measurements.names import EVAL, TRAIN
from lastwords.records import parse_timestamp

if TYPE_CHECKING:
    from lastwords.measurements.points import Metric

MOST_ENTRIES = 2000
MOST_DEPTH = 6
MOST_KEPT = 64 << 20  # bytes of kept metrics that are read
NEIGHBOURS = 50  # newest runs that may have worked in the same folder
_LATE = 0.5  # seconds after its end, in which a run's files may still be written
_NOT_ENTERED = frozenset({"node_modules", "site-packages", "__pycache__", "venv", "env"})


def keep_logged(folder: AttemptFolder) -> list[Metric]:
    """Find the metrics that an ended attempt wrote into files, and keep them in its folder.

    What was kept stays: it may have been sent. Of a run of another machine nothing is looked for,
    since its files are there.
    """
    if folder.is_shipped or folder.logged.exists():
        return read_objects(folder.logged, MOST_KEPT).found
    metrics = find_logged(folder)
    if metrics:
        text = "".join(json.dumps(metric) + "\n" for metric in metrics)
        with suppress(OSError):  # what cannot be kept is told all the same
            write_whole_once(folder.logged, text.encode())
    return metrics


def logged_metrics(folder: AttemptFolder) -> list[Metric]:
    """The metrics in files: those that were kept when the attempt ended, else as they are now."""
    if folder.is_shipped or folder.result.exists():
        return read_objects(folder.logged, MOST_KEPT).found
    return find_logged(folder)


def find_logged(folder: AttemptFolder) -> list[Metric]:
    """The metrics of the files that an attempt wrote; of the first kind that there is."""
    found: dict[str, list[Path]] = defaultdict(list)
    for path in _written(folder):
        found[kind_of(path.name) or ""].append(path)
    for kind, read in READERS.items():
        groups = {_group(path) for path in found[kind]}
        if len(groups) == 1 and _is_alone(folder):
            from lastwords.measurements.points import (
                Points,
            )  # with its patterns, where one is found

            points = Points()
            lines = [line for path in sorted(found[kind]) for line in _read(read, path)]
            for line in lines:
                points.add(line)
            if points.metrics:
                return _in_order(points.metrics)
    return []


def _in_order(metrics: list[Metric]) -> list[Metric]:
    if any(metric["step"] is None for metric in metrics):
        return metrics
    return sorted(metrics, key=lambda metric: int(metric["step"]))


def _read(read: Any, path: Path) -> list[Any]:
    try:
        return [line for line in read(path) if line.is_record]
    except OSError:
        return []


def _group(path: Path) -> Path:
    """The folder of one program's files, which Keras parts into `train` and `validation`."""
    parent = path.parent
    return parent.parent if parent.name in TRAIN | EVAL else parent


def _written(folder: AttemptFolder) -> Iterator[Path]:
    """The files of metrics that were last written while the attempt went on."""
    period = _period(folder)
    roots = [root for root in (folder.artifacts, _working_folder(folder)) if root]
    if period is None:
        return
    for root in roots:
        for entry in islice(_below(root, _home(folder)), MOST_ENTRIES):
            if kind_of(entry.name) is None:
                continue
            with suppress(OSError):
                status = entry.stat(follow_symlinks=False)
                if (
                    stat.S_ISREG(status.st_mode)
                    and period[0] <= status.st_mtime <= period[1] + _LATE
                ):
                    yield Path(entry.path)


def _below(root: Path, home: Path) -> Iterator[os.DirEntry[str]]:
    """Everything below a folder but what is installed, hidden or ours: nearest and newest first."""
    waiting = [str(root)]
    for _ in range(MOST_DEPTH):
        inner: list[os.DirEntry[str]] = []
        for folder in waiting:
            with suppress(OSError), os.scandir(folder) as entries:
                for entry in entries:
                    yield entry
                    is_ours = entry.path == str(home)
                    if not is_ours and _is_entered(entry):
                        inner.append(entry)
        waiting = [entry.path for entry in sorted(inner, key=_changed, reverse=True)]


def _is_entered(entry: os.DirEntry[str]) -> bool:
    if entry.name.startswith(".") or entry.name in _NOT_ENTERED:
        return False
    return entry.is_dir(follow_symlinks=False)


def _changed(entry: os.DirEntry[str]) -> float:
    try:
        return entry.stat(follow_symlinks=False).st_mtime
    except OSError:
        return 0.0


def _home(folder: AttemptFolder) -> Path:
    return folder.path.parent.parent.parent


def _working_folder(folder: AttemptFolder) -> Path | None:
    try:
        if folder.is_shipped:
            return folder.artifacts  # where it ran is no folder of this machine
        cwd = (read_spec(folder) or {}).get("cwd")
    except UnreadableFact:
        return None
    return Path(cwd) if isinstance(cwd, str) else None


def _period(folder: AttemptFolder) -> tuple[float, float] | None:
    """When an attempt went on, from its first to its last second."""
    try:
        spec, result = read_spec(folder) or {}, read_result(folder)
        began = parse_timestamp(spec["createdAt"]).timestamp()
        if result is None:
            return began, time.time()
        return began, parse_timestamp(result["finishedAt"]).timestamp()
    except (UnreadableFact, KeyError, TypeError, ValueError):
        return None


def _is_alone(folder: AttemptFolder) -> bool:
    """Whether no other of the newest runs worked in the same folder at the same time."""
    home, own = _home(folder), _working_folder(folder)
    period = _period(folder)
    for run_id in sorted(all_run_ids(home), reverse=True)[:NEIGHBOURS]:
        other = attempt_folder(home, run_id, 1)
        theirs = _period(other) if run_id != folder.run_id else None
        if theirs and period and max(theirs[0], period[0]) <= min(theirs[1], period[1]):
            if _working_folder(other) == own:
                return False
    return True
