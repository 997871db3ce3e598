"""The forms of the facts in a run folder: of which kind each of their fields is.

A child can write into its folder too, so each fact is held to its form where it is read, and
nowhere else: what is read here has the kinds below, or is said to be damaged, and which field is.
Fields that a form does not name are passed on. Standard library only.
"""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from lastwords.basics import COMMAND, IMPORTED, TRAINING, is_timestamp, tame, timestamp_from_unix
from lastwords.folders.attempt import AttemptFolder, OutOfReach, UnreadableFact, read_fact

LAUNCHER_GONE = "launcher_gone"  # of a stop: what had started the run was killed
_SHOWN = 60  # characters of a value that is none
_WORD = 200  # characters of a word, such as a reason


class Kind(NamedTuple):
    """What a field may be, in words too."""

    words: str
    fits: Callable[[Any], bool]


Form = Mapping[str, "Kind | Form"]  # a form within one is that of a note: an object, or null


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def is_path(value: object) -> bool:
    """Whether a value can be a path, or a word of a command: any bytes but NUL."""
    if not isinstance(value, str) or "\0" in value:
        return False
    try:
        os.fsencode(value)
    except UnicodeEncodeError:  # half a surrogate pair that stands for no byte
        return False
    return True


def _is_signal(value: object) -> bool:
    return isinstance(value, str) and (
        value in signal.Signals.__members__ or re.fullmatch("SIG[0-9]{1,2}", value) is not None
    )


def _is_process(value: object) -> bool:
    return (
        isinstance(value, dict)
        and _is_whole(value.get("pid"))
        and 0 < value["pid"] < 1 << 31
        and _is_whole(value.get("start_ticks"))
        and isinstance(value.get("boot_id"), str)
    )


def _list_of(fits: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, list) and all(map(fits, value))


def _if_told(kind: Kind) -> Kind:
    return Kind(kind.words, lambda value: value is None or kind.fits(value))


_MOMENT = Kind("a moment", is_timestamp)
_SIZE = Kind("a number of bytes", lambda value: _is_whole(value) and 0 <= value < 1 << 62)
_PROCESS = Kind("a process", _is_process)

_FLAG = _if_told(Kind("true or false", lambda value: isinstance(value, bool)))
_AMOUNT = _if_told(Kind("an amount", lambda value: _is_whole(value) and 0 <= value < 1 << 32))
_RATE = _if_told(Kind("a rate", lambda value: _is_number(value) and 0 <= value < 1 << 32))
_COUNT = _if_told(Kind("a count", lambda value: _is_whole(value) and value >= 0))
_SECONDS = _if_told(Kind("a number of seconds", lambda value: _is_number(value) and value >= 0))
_TEXT = _if_told(Kind("a text", lambda value: isinstance(value, str)))
_WORDS = Kind("a text", lambda value: isinstance(value, str))
_REASON = Kind("a word", lambda value: isinstance(value, str) and len(value) <= _WORD)
_PATH = _if_told(Kind("a path", is_path))
_PIDS = _if_told(Kind("a list of pids", _list_of(_is_whole)))
_NAMES = _if_told(Kind("a list of names", _list_of(lambda name: isinstance(name, str))))
_OBJECT = _if_told(Kind("an object", lambda value: isinstance(value, dict)))

STOP: Form = {
    "by": _WORDS,
    "at": _TEXT,
    "reason": _REASON,
    "signal": _if_told(Kind("a signal", lambda value: _is_whole(value) and 0 < value < 65)),
}
# What a training is asked for by, and a place on an engine: see `spec.FIELDS`, `spec.PLACEMENT`.
_WANTED: Form = {
    **dict.fromkeys("name project trainingType baseModel method precision".split(), _TEXT),
    **dict.fromkeys("dbPath dataFile executor partition account".split(), _TEXT),
    **dict.fromkeys("tags loraTargets".split(), _NAMES),
    **dict.fromkeys("maxSamples epochs batchSize accumulation loraR loraAlpha".split(), _AMOUNT),
    **dict.fromkeys("sourceMaxTokens targetMaxTokens seed timeLimitSeconds".split(), _AMOUNT),
    **dict.fromkeys("nodes gpusPerNode cpus".split(), _AMOUNT),
    **dict.fromkeys("learningRate loraDropout".split(), _RATE),
    "memory": _if_told(_SIZE),
}
_ENGINE: Form = {"kind": _TEXT, "job": _TEXT}
_JOIN: Form = {"key": _TEXT, "rank": _COUNT, "size": _COUNT}
SPEC: Form = {
    "kind": _if_told(Kind("a kind of run", lambda value: value in (TRAINING, COMMAND, IMPORTED))),
    "name": _TEXT,
    "project": _TEXT,
    "tags": _NAMES,
    "user": _TEXT,
    "command": _if_told(Kind("a command", lambda value: bool(value) and _list_of(is_path)(value))),
    "cwd": _PATH,
    "nonce": _PATH,  # which goes into the environment
    "createdAt": _if_told(_MOMENT),
    "triggeredBy": _TEXT,
    "outputDir": _PATH,
    "expect": _if_told(
        Kind("a list of paths", lambda value: is_path(value) or _list_of(is_path)(value))
    ),
    "graceSeconds": _SECONDS,
    "timeLimitSeconds": _SECONDS,
    "stallSeconds": _SECONDS,
    "maxLogBytes": _if_told(_SIZE),
    "resumesFrom": _COUNT,
    "keepChildren": _FLAG,
    "tether": _FLAG,
    "engine": _ENGINE,
    "join": _JOIN,
    "spec": _WANTED,
}
CHILD: Form = {
    "recorder": _PROCESS,
    "startedAt": _MOMENT,
    "controlGroup": {"memory": _PATH, "unified": _PATH},
    "host": {"name": _TEXT, "machine": _TEXT},
}
SHIPMENT: Form = {
    "uid": _WORDS,
    "openedAt": _MOMENT,
    "host": {"name": _TEXT},
    "engine": _ENGINE,
    "join": _JOIN,
}
BEFORE: Form = {"files": _OBJECT}
RESULT: Form = {
    "finishedAt": _MOMENT,
    "logBytes": _SIZE,
    "startedAt": _if_told(_MOMENT),
    "exitCode": _if_told(
        Kind("an exit code", lambda value: _is_whole(value) and -(1 << 31) <= value < 1 << 31)
    ),
    "signal": _if_told(Kind("a signal's name", _is_signal)),
    "lost": _if_told(_REASON),
    "givenUpBy": _TEXT,
    "engineWord": _TEXT,
    "proved": {"reason": _TEXT, "detail": _TEXT},
    "stop": STOP,
    "imported": {"status": _WORDS, "reason": _REASON, "proof": _TEXT},
    "launchError": {"message": _WORDS, "errno": _TEXT},
    "oom": {
        "source": _WORDS,
        "certainty": _WORDS,
        "kills": _COUNT,
        "main": _FLAG,
        "secondsBeforeEnd": _SECONDS,
        "peakBytes": _COUNT,
        "limitBytes": _COUNT,
    },
    "oomKilled": _FLAG,
    "forced": _FLAG,
    "stopHeeded": _FLAG,
    "adopted": _FLAG,
    "logGap": _FLAG,
    "logLoss": _TEXT,
    "logQuota": {"limitBytes": _COUNT},
    "hang": {"seconds": _SECONDS},
    "seconds": _SECONDS,
    "logEnds": _TEXT,
    "factsRestored": _NAMES,
    "stacksAskedOf": _PIDS,
    "orphansKilled": _COUNT,
    "survivors": _PIDS,
    "childrenKept": _PIDS,
    "gpuLeak": _PIDS,
}


def read_spec(folder: AttemptFolder) -> dict[str, Any] | None:
    """What was asked, in the very bytes that it was asked in; None where nothing says it.

    Raises: UnreadableFact, which names the field that is damaged.
    """
    return _held_to(SPEC, folder.spec, read_fact(folder.spec))


def read_child(folder: AttemptFolder) -> dict[str, Any] | None:
    """Which processes an attempt is; None before the child was started.

    Raises: UnreadableFact, which names the field that is damaged.
    """
    fact = read_fact(folder.child)
    if fact is not None and not _is_process(fact):
        raise UnreadableFact(f"{folder.child} is damaged: it names no process")
    return _held_to(CHILD, folder.child, fact)


def read_stop(folder: AttemptFolder) -> dict[str, Any] | None:
    """Who asked to stop an attempt; None where nobody did.

    Raises: UnreadableFact, which names the field that is damaged.
    """
    return _in_words(_held_to(STOP, folder.stop, read_fact(folder.stop)))


def read_shipment(folder: AttemptFolder) -> dict[str, Any] | None:
    """From where an attempt's files are sent; None where nothing says it.

    Raises: UnreadableFact, which names the field that is damaged.
    """
    return _in_words(_held_to(SHIPMENT, folder.shipment, read_fact(folder.shipment)))


def read_before(folder: AttemptFolder) -> dict[str, Any] | None:
    """What lay where a result is expected, before the start: versions of files by their paths.

    None where nothing says it.

    Raises: UnreadableFact, which names the field that is damaged.
    """
    fact = _held_to(BEFORE, folder.before, read_fact(folder.before))
    return None if fact is None else fact.get("files") or {}


def read_result(folder: AttemptFolder) -> dict[str, Any] | None:
    """How an attempt ended, from its result.json; None where there is none yet.

    Ours is whole or not there at all. What is there and is no result says `lost`, and in `damage`
    what is wrong with it.

    Raises: OutOfReach, if it cannot be looked at just now.
    """
    try:
        fact = _held_to(RESULT, folder.result, read_fact(folder.result))
        if fact is not None and (fault := _untold(fact)):
            raise UnreadableFact(f"{folder.result} is damaged: {fault}")
        return _in_words(fact)
    except OutOfReach:
        raise
    except UnreadableFact as error:
        return _damaged(folder, str(error))


def _held_to(form: Form, path: Path, fact: dict[str, Any] | None) -> dict[str, Any] | None:
    """A fact of the given form. Raises: UnreadableFact."""
    if fact is not None and (fault := fault_of(fact, form)):
        raise UnreadableFact(f"{path} is damaged: {fault}")
    return fact


def fault_of(fact: Mapping[str, Any], form: Form, within: str = "") -> str | None:
    """Which field is not of its kind, in words; None where all are."""
    for name, kind in form.items():
        value = fact.get(name)
        if isinstance(kind, Kind):
            if not kind.fits(value):
                return f"{within}{name} is {_shown(value)}, which is not {kind.words}"
        elif value is not None:
            if not isinstance(value, dict):
                return f"{within}{name} is {_shown(value)}, which is not an object"
            if fault := fault_of(value, kind, f"{within}{name}."):
                return fault
    return None


def _shown(value: object) -> str:
    text = "missing" if value is None else ascii(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def _untold(result: Mapping[str, Any]) -> str | None:
    """What a result fails to tell: an end is a code or a signal, never both, or a reason."""
    code, name = result.get("exitCode"), result.get("signal")
    if code is not None and name is not None:
        return "it says both an exit code and a signal"
    stop = result.get("stop") or {}
    if result.get("lost") or result.get("launchError") or stop.get("reason") == "withdrawn":
        return None
    if result.get("imported") or (stop and result.get("engineWord")):  # whose end nobody told
        return None
    return "it says neither an exit code nor a signal" if code is None and name is None else None


def _in_words(fact: dict[str, Any] | None) -> dict[str, Any] | None:
    words: dict[str, Any] | None = tame(fact)
    return words


def _damaged(folder: AttemptFolder, damage: str) -> dict[str, Any]:
    try:
        ended = folder.result.lstat().st_mtime
    except OSError:  # gone again
        ended = 0.0
    told = {"finishedAt": timestamp_from_unix(ended), "logBytes": folder.log_size}
    return {**told, "lost": "result_damaged", "damage": damage}


def ended_with_launcher(result: Mapping[str, Any]) -> bool:
    """Whether an attempt was ended because what had started it was killed, by whoever it was."""
    return (result.get("stop") or {}).get("reason") == LAUNCHER_GONE
