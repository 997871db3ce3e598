"""The tools that only read: lists, failures, logs, differences."""

from __future__ import annotations

import json
from dataclasses import astuple
from typing import TYPE_CHECKING, Any

from lastwords.logs.logfile import Line, LogFile, open_checked
from lastwords.logs.logsearch import Hit, Place, Search, find_ripgrep, search
from lastwords.mcp import arguments as args
from lastwords.mcp.desk import Desk
from lastwords.mcp.quoting import Answer, cut
from lastwords.presentation.failure import BYTES_PER_TOKEN, COUNT, failure_json
from lastwords.presentation.runs import Json, run_json
from lastwords.records import FINAL, LastwordsError, Run, RunNotFound
from lastwords.security.run_secrets import masker_of
from lastwords.store.filters import Filters
from lastwords.store.groups import similar
from lastwords.supervision.changes import changes_from, changes_since_good
from lastwords.supervision.failures import explain_run
from lastwords.supervision.ranks import folder_of_rank

if TYPE_CHECKING:
    from lastwords.diagnosis.masking import Masker

# What of a run no program and no person has worded.
_OWN = (
    *("id", "kind", "status", "createdAt", "startedAt", "finishedAt", "seconds", "attempt"),
    *("exitCode", "signal", "cause", "finalLoss", "logBytes", "progress", "queuePosition"),
)
_OWN_OF_FAILURE = ("run", "attempt", "status", "cause", "confidence", "leftOut", "notice")
_AROUND = 100  # tokens: the facts' own names, and the marks
_MOST_READ = 64 << 10  # bytes of a log in one answer
_LONGEST_HIT = 300  # bytes of a line before a match, and behind it
_CONTEXT = 16 << 10  # bytes that may hold the beginning or the end of a secret of several lines


def list_runs(desk: Desk, asked: args.ListRuns) -> Answer:
    """A page of runs, newest first."""
    filters = Filters(text=asked.query or None)
    page = desk.store.page(filters, asked.limit, asked.cursor)
    shown = [run_json(desk.config.home, run) for run in page.runs]
    facts = {
        "runs": [{name: row[name] for name in _OWN if row[name] is not None} for row in shown],
        "counts": desk.store.counts(filters),
        "nextCursor": page.next_cursor,
    }
    rows = zip(page.runs, shown, strict=True)
    said = [f"{run.id}: {masker_of(desk.config, run).whole(_words(row)).text}" for run, row in rows]
    return Answer(facts, "\n".join(said) if said else None)


def _words(row: Json) -> str:
    told = (row["name"] or row["shortCommand"] or row["baseModel"], row["headline"])
    return " · ".join(filter(None, told)) or "no name"


def get_failure(desk: Desk, asked: args.GetFailure) -> Answer:
    """Why a run failed, within a budget."""
    from lastwords.presentation.changes import changes_json

    run, config = desk.store.find(asked.run), desk.config
    since = changes_since_good(desk.store, config.home, run)
    changes = since and changes_json(config, run, since)
    explanation, alike = explain_run(config.home, run), similar(desk.store, run)
    found = failure_json(config, run, explanation, alike, changes, asked.budget - _AROUND)
    facts = {name: found[name] for name in _OWN_OF_FAILURE} | {"more": _more(run, found)}
    quoted = {name: found[name] for name in found if name not in (*facts, "budget")}
    return _within(asked.budget, facts, _compact(quoted), f"lastwords://runs/{run.id}/log")


def _compact(value: Json) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _more(run: Run, found: Json) -> Json:
    """Which calls read exactly more."""
    offsets = [item["offset"] for item in found["evidence"] if item["offset"] is not None]
    start = run.error_start if run.error_start is not None else min(offsets, default=None)
    place = {} if start is None else {"byte": start}
    return {"read_log": {"run": run.id, **place}, "search_log": {"run": run.id, "query": "…"}}


def _within(budget: int, facts: Json, quoted: str, uri: str) -> Answer:
    """An answer that says how much of its budget it took."""
    facts["budget"] = {"tokens": budget, "used": budget, "count": COUNT}
    size = len(_compact(facts).encode()) + len(quoted.encode("utf-8", "replace"))
    facts["budget"]["used"] = -(-size // BYTES_PER_TOKEN)
    return Answer(facts, quoted, uri)


def explain_log(desk: Desk, asked: args.ExplainLog) -> Answer:
    """Why the program that printed a text failed."""
    from lastwords.presentation.any_log import explain_text

    found = explain_text(desk.config, asked.text, asked.exit_code, asked.signal)
    facts = {name: found[name] for name in ("cause", "confidence", "exitCode", "signal")}
    quoted = {name: found[name] for name in ("title", "headline", "userFrame")}
    quoted |= {name: found[name] for name in ("evidence", "advice", "alternatives")}
    room = (asked.budget - _AROUND) * BYTES_PER_TOKEN
    words, left = cut(_compact(quoted), room)
    error = (found["traceback"] or {}).get("text", "").encode()
    kept = error[-(room - len(words.encode())) :] if room > len(words.encode()) else b""
    facts["leftOut"] = {"bytes": left + len(error) - len(kept)}
    text = "\n".join(filter(None, [words, kept.decode("utf-8", "ignore")]))
    return _within(asked.budget, facts, text, "lastwords://log")


def diff_runs(desk: Desk, asked: args.DiffRuns) -> Answer:
    """What changed between two runs, the most suspicious first."""
    from lastwords.presentation.changes import comparison_json, comparison_words

    bad = desk.store.find(asked.bad)
    good = desk.store.find(asked.good) if asked.good else None
    since = changes_from(desk.store, desk.config.home, good, bad)
    if since is None:
        raise RunNotFound(f"no run like {bad.id} has completed before it: give good, too")
    found = comparison_json(desk.config, bad, since)
    words, left = cut(comparison_words(found), (asked.budget - _AROUND) * BYTES_PER_TOKEN)
    facts = {
        "bad": bad.id,
        "good": found["since"]["id"],
        "changes": len(found["items"]),
        "pending": found["pending"],
        "leftOut": {"bytes": left} if left else {},
    }
    return _within(asked.budget, facts, words, f"lastwords://runs/{bad.id}/changes")


def read_log(desk: Desk, asked: args.ReadLog) -> Answer:
    """Lines of a log from a line or a byte on; without either the last ones."""
    if asked.line is not None and asked.byte is not None:
        raise LastwordsError("give line or byte, not both")
    run, number = _attempt(desk, asked.run, asked.attempt)
    with open_checked(folder_of_rank(desk.config.home, run, number)) as log:
        lines = _lines(log, asked)
        facts = _place(log, run, number, lines, asked.line)
        text = _masked(desk, run, log, lines)
    return Answer(facts, text, _uri(run))


def _masked(desk: Desk, run: Run, log: LogFile, lines: list[Line]) -> str:
    """The lines, masked by what stands before and behind them, too."""
    if not lines:
        return ""
    start, end = lines[0].offset, _end(log, lines[-1])
    around = log.read(max(0, start - _CONTEXT), start), log.read(end, end + _CONTEXT)
    before, after = (data.decode("utf-8", "replace") for data in around)
    text = "\n".join(line.text for line in lines)
    return masker_of(desk.config, run).amid(before, text, after).text


def _attempt(desk: Desk, name: str, attempt: int | None) -> tuple[Run, int]:
    run = desk.store.find(name)
    if attempt is not None and attempt > run.attempt:
        raise RunNotFound(f"{run.id} has {run.attempt} attempts, not {attempt}")
    return run, attempt or run.attempt


def _uri(run: Run) -> str:
    return f"lastwords://runs/{run.id}/log"


def _lines(log: LogFile, asked: args.ReadLog) -> list[Line]:
    """As many of the lines as an answer holds; at the end of a log its last ones."""
    if asked.line is not None:
        return _fitting(log.lines(asked.line, asked.count))
    if asked.byte is not None:
        return _fitting(log.lines(0, asked.count, _start_of_line(log, asked.byte)))
    tail = log.lines(0, 1 << 20, _start_of_line(log, max(0, log.size - _MOST_READ)))
    return tail[-asked.count :]


def _fitting(lines: list[Line]) -> list[Line]:
    first = lines[0].offset if lines else 0
    return [line for line in lines if line.offset - first < _MOST_READ]


def _start_of_line(log: LogFile, byte: int) -> int:
    """Where the line begins that holds a byte; the byte itself within a huge one."""
    if byte >= log.size > 0:
        raise LastwordsError(f"byte {byte} is past the end: the log has {log.size} bytes so far")
    before = log.read(max(0, byte - _MOST_READ), byte)
    newline = before.rfind(b"\n")
    if newline >= 0:
        return byte - len(before) + newline + 1
    return 0 if byte <= _MOST_READ else byte


def _place(log: LogFile, run: Run, number: int, lines: list[Line], first: int | None) -> Json:
    """Where in the log the lines stand, and how to read on."""
    end = _end(log, lines[-1]) if lines else 0
    return {
        "run": run.id,
        "attempt": number,
        "final": run.status in FINAL or number < run.attempt,
        "logBytes": log.size,
        "lines": len(lines),
        "firstLine": first if lines else None,
        "firstByte": lines[0].offset if lines else None,
        "next": {"byte": end} if lines and end < log.size else None,
    }


def _end(log: LogFile, line: Line) -> int:
    """Where what follows a line begins."""
    if line.next is not None:
        return line.next
    data = log.read(line.offset, line.offset + _MOST_READ + 1)
    newline = data.find(b"\n")
    return line.offset + (newline + 1 if newline >= 0 else len(data))


def search_log(desk: Desk, asked: args.SearchLog) -> Answer:
    """Every match counted, and the first lines that hold one."""
    run, number = _attempt(desk, asked.run, asked.attempt)
    wanted = Search(asked.query, asked.regex, asked.match_case)
    place = Place(*map(int, asked.cursor.split("-"))) if asked.cursor else None
    masker = masker_of(desk.config, run)
    with open_checked(folder_of_rank(desk.config.home, run, number)) as log:
        found = search(log, wanted, place, find_ripgrep())
        hits = found.hits[: asked.limit]
        said = [_quoted(log, hit, masker) for hit in _one_of_each_line(hits)]
    facts: dict[str, Any] = {
        "run": run.id,
        "attempt": number,
        "total": found.total,
        "hits": [vars(hit) for hit in hits],
        "nextCursor": None,
    }
    if found.following or len(hits) < len(found.hits):
        after = Place(log.size if place is None else place.size, found.total, hits[-1].offset)
        facts["nextCursor"] = "-".join(map(str, astuple(after)))
    return Answer(facts, "\n".join(said) if said else None, _uri(run))


def _one_of_each_line(hits: list[Hit]) -> list[Hit]:
    """The first match of each line."""
    return list({hit.line: hit for hit in reversed(hits)}.values())[::-1]


def _quoted(log: LogFile, hit: Hit, masker: Masker) -> str:
    """The line of a match, masked by what stands around it; of a long one only that."""
    start = max(hit.offset - hit.column + 1, hit.offset - _LONGEST_HIT)
    line = log.read(start, hit.offset + _LONGEST_HIT).split(b"\n")[0]
    end = start + len(line)
    parts = (log.read(max(0, start - _CONTEXT), start), line, log.read(end, end + _CONTEXT))
    text = masker.amid(*(data.decode("utf-8", "replace") for data in parts)).text
    return f"{hit.line}: {text}"
