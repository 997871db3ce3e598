"""What changed between two runs, as JSON and as words for a terminal; secrets masked.

A diff of somebody's code is copied and shared as readily as a log, and holds what was typed in
haste: it is masked wherever it is shown.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from lastwords.comparing.code import ShownLine
from lastwords.comparing.comparison import FileShown
from lastwords.comparing.item import Item
from lastwords.config import Config
from lastwords.diagnosis.masking import MASK, Masker
from lastwords.diagnosis.secret_names import is_secret_name
from lastwords.presentation.runs import Json
from lastwords.records import Run, now, parse_timestamp
from lastwords.security.run_secrets import masker_of
from lastwords.supervision.changes import Changes, in_one_line

MOST_ITEMS = 8  # changes that a run's own answer carries
MOST_LINES = 4_000  # lines of code that an answer carries
_LONGEST = 500  # characters of a value
_RESULTS = (
    ("status", "status"),
    ("cause", "cause"),
    ("stage", "stage"),
    ("samples", "dataset_size"),
    ("final loss", "final_loss"),
    ("step", "step"),
    ("seconds", "seconds"),
    ("exit code", "exit_code"),
    ("signal", "signal"),
)


class Safe:
    """Masks by what any of the runs knows."""

    def __init__(self, config: Config, runs: Sequence[Run]) -> None:
        self._maskers: list[Masker] = [masker_of(config, run) for run in runs]

    def text(self, text: str) -> str:
        for masker in self._maskers:
            text = masker.whole(text).text
        return text

    def lines(self, texts: Sequence[str]) -> list[str]:
        """Lines masked as one text, as a key may go over several; all hidden where one did."""
        masked = self.text("\n".join(texts)).split("\n")
        return masked if len(masked) == len(texts) else [MASK] * len(texts)


def changes_json(config: Config, bad: Run, changes: Changes) -> Json:
    """The short answer that a run carries: the most suspicious changes, in words."""
    safe = Safe(config, (changes.good, bad))
    items = changes.comparison.items
    return {
        "since": _since(changes),
        "text": _spoken([_item(item, safe) for item in items]),
        "items": [_item(item, safe) for item in items[:MOST_ITEMS]],
        "count": len(items),
        "missing": [safe.text(words) for words in changes.comparison.missing],
        "pending": changes.pending,
    }


def comparison_json(config: Config, bad: Run, changes: Changes) -> Json:
    """The whole answer: every change, the code line by line, and how both ended."""
    safe = Safe(config, (changes.good, bad))
    items = [_item(item, safe) for item in changes.comparison.items]
    room, files = MOST_LINES, []
    for shown in changes.comparison.files:
        file = _file(shown, safe, room)
        room -= sum(len(hunk["lines"]) for hunk in file["hunks"])
        files.append(file)
    return {
        "run": bad.id,
        "since": _since(changes),
        "text": _spoken(items),
        "items": items,
        "code": files,
        "results": _results(changes.good, bad),
        "missing": [safe.text(words) for words in changes.comparison.missing],
        "pending": changes.pending,
    }


def _since(changes: Changes) -> Json:
    good = changes.good
    return {
        "id": good.id,
        "name": good.name,
        "status": good.status.value,
        "finishedAt": good.finished_at,
        "likeness": changes.likeness,
    }


def _item(item: Item, safe: Safe) -> Json:
    values = [None if value is None else shortened(value) for value in (item.before, item.after)]
    words = item.words if item.kind == "variables" else _again(item, values)
    if item.kind != "variables" and is_secret_name(item.name.strip("-")):
        values = [value and MASK for value in values]
        words = f"{item.name} has changed"
    return {
        "kind": item.kind,
        "name": safe.text(item.name),
        "before": values[0] and safe.text(values[0]),
        "after": values[1] and safe.text(values[1]),
        "text": safe.text(words),
        "mark": item.mark,
        "note": item.note,
    }


def _again(item: Item, values: Sequence[str | None]) -> str:
    """The item's words with its values as short as they are shown."""
    words = item.words
    for value, short in zip((item.before, item.after), values, strict=True):
        if value and short and value != short:
            words = words.replace(value, short)
    return words


def shortened(value: str) -> str:
    return value if len(value) <= _LONGEST else f"{value[:_LONGEST]}… ({len(value):,} characters)"


def _spoken(items: Sequence[Json]) -> str:
    """The changes in one line, without secrets."""
    return in_one_line([(item["text"], item["note"]) for item in items])


def _file(shown: FileShown, safe: Safe, room: int) -> Json:
    change = shown.change
    hunks, left = [], 0
    for hunk in change.hunks:
        if len(hunk) > room:
            left += len(hunk)
            continue
        room -= len(hunk)
        hunks.append({"lines": _lines(hunk, shown.marked, safe)})
    return {
        "path": safe.text(change.path),
        "added": change.added,
        "removed": change.removed,
        "binary": change.is_binary,
        "hunks": hunks,
        "linesLeftOut": left + (change.added + change.removed if change.is_too_large else 0),
    }


def _lines(hunk: Sequence[ShownLine], marked: Sequence[int], safe: Safe) -> list[Json]:
    texts = safe.lines([line.text for line in hunk])
    return [
        {
            "sign": line.sign,
            "before": line.before,
            "after": line.after,
            "text": text,
            "marked": line.sign == "+" and line.after in marked,
        }
        for line, text in zip(hunk, texts, strict=True)
    ]


def _results(good: Run, bad: Run) -> list[Json]:
    """How both ended, wherever that differs."""
    rows = ((name, getattr(good, key), getattr(bad, key)) for name, key in _RESULTS)
    return [
        {"name": name, "before": _value(one), "after": _value(two)}
        for name, one, two in rows
        if one != two
    ]


def _value(value: object) -> str | None:
    return (
        None
        if value in (None, "ok")
        else f"{value:.6g}"
        if isinstance(value, float)
        else str(value)
    )


# --- in words ------------------------------------------------------------------------------------


def since_words(changes: Json) -> str:
    """Two sentences: which run completed like this one, and what is different since."""
    since = changes["since"]
    ago = _ago(since["finishedAt"])
    chosen = (
        f"Last completed like this ({since['likeness']})" if since["likeness"] else "Compared with"
    )
    return f"{chosen}: {since['id']}{f', {ago}' if ago else ''}. Since then: {changes['text']}"


def _ago(moment: str | None, at: datetime | None = None) -> str | None:
    """How long ago, in the largest unit of which it is more than one."""
    if moment is None:
        return None
    seconds = ((at or now()) - parse_timestamp(moment)).total_seconds()
    for length, unit in ((86_400, "day"), (3_600, "hour"), (60, "minute")):
        if seconds >= length:
            count = int(seconds // length)
            return f"{count} {unit}{'s' if count > 1 else ''} ago"
    return "less than a minute ago"


def comparison_words(found: Json) -> str:
    """For a terminal: every change in a line, then the code as a unified diff."""
    since = found["since"]
    head = [f"{since['id']} ({since['status']}) → {found['run']}"]
    if since["likeness"]:
        head.append(f"the last one like it that completed: {since['likeness']}")
    lines = [*head, ""] + [_item_words(item) for item in found["items"]]
    lines += [] if found["items"] else ["Nothing that was kept has changed."]
    lines += [f"  {row['name']}: {row['before']} → {row['after']}" for row in found["results"]]
    for file in found["code"]:
        lines += ["", *_file_words(file)]
    lines += (
        ["", *(f"not known: {words}" for words in found["missing"])] if found["missing"] else []
    )
    return "\n".join(lines)


def _item_words(item: Json) -> str:
    note = f"   <- {item['note']}" if item["note"] else ""
    return f"{'!' if item['mark'] else ' '} {item['kind']}: {item['text']}{note}"


def _file_words(file: Json) -> list[str]:
    lines = [f"--- {file['path']}", f"+++ {file['path']}"]
    if file["binary"]:
        return [*lines, "a binary file"]
    for hunk in file["hunks"]:
        lines.append(_hunk_head(hunk["lines"]))
        lines += [
            f"{line['sign']}{line['text']}{'   <- the error is here' if line['marked'] else ''}"
            for line in hunk["lines"]
        ]
    if file["linesLeftOut"]:
        lines.append(f"[… {file['linesLeftOut']:,} more lines …]")
    return lines


def _hunk_head(lines: Sequence[Json]) -> str:
    before = [line["before"] for line in lines if line["before"]]
    after = [line["after"] for line in lines if line["after"]]
    one, two = min(before, default=0), min(after, default=0)
    return f"@@ -{one},{len(before)} +{two},{len(after)} @@"
