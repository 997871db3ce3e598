"""Checks of a training's parameters: settings, data, base model, memory."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Mapping
from pathlib import Path
from shlex import quote
from typing import Any

from lastwords.doctor.finding import Finding, Subject
from lastwords.doctor.rights import nearest, take, take_database
from lastwords.spec import looks_like_folder, trainer_arguments
from lastwords.supervision.completion import Unproved, prove_header
from lastwords.trainer import checks, data, hub
from lastwords.trainer import memory as estimate

READ_AT_MOST = 10_000  # examples; more would keep the page waiting
FEWEST_TOKENS = 16
_BIGGEST = "ps -eo rss,pid,args --sort=-rss | head"
DATA_FIELDS = ("dbPath", "dataFile")
_ROWS = f"SELECT * FROM {data.TABLE} LIMIT 3"
TOKENIZERS = ("tokenizer.json", "tokenizer.model", "spiece.model", "vocab.json", "vocab.txt")


def settings(subject: Subject) -> Finding:
    """A training with the configured defaults can be started."""
    if subject.problem is None:
        return Finding("settings", "ok", "Settings are valid")
    edit = f"${{EDITOR:-vi}} {quote(str(subject.config.home / 'lastwords.toml'))}"
    if not any(subject.config.defaults.get(name) for name in DATA_FIELDS):
        text = "no default data: each training must set dbPath or dataFile"
        if subject.problem.field in DATA_FIELDS:
            return Finding("settings", "warn", text, edit)
    return Finding("settings", "fail", f"[defaults] {subject.problem}", edit)


def examples(subject: Subject) -> Finding | None:
    """The data exists, is readable, and contains labelled examples."""
    spec = subject.spec
    if spec is None or not (spec["dbPath"] or spec["dataFile"]):
        return None
    is_database = bool(spec["dbPath"])
    path = Path(spec["dbPath"] or spec["dataFile"])
    try:
        if wrong := _is_no_data(subject, path):
            return Finding("data", "fail", f"{path} {wrong}", f"ls -ld {quote(str(path))}")
        limit = min(int(spec["maxSamples"]), READ_AT_MOST)
        loaded = data.load(path if is_database else None, path, limit)
    except (data.EmptyDataset, data.MalformedData, OSError, sqlite3.Error) as error:
        text = f"{path}: {error}" if isinstance(error, sqlite3.Error) else str(error)
        return Finding("data", "fail", text, _show_data(path, is_database, error))
    return _of_loaded(loaded, path, int(spec["maxSamples"]))


def _is_no_data(subject: Subject, path: Path) -> str | None:
    """Why a path must not even be opened: reading a pipe would block forever."""
    if not path.exists():
        return None  # whoever opens it says so
    if not path.is_file():
        return "is not a file"
    own = subject.config.database
    is_own = own.exists() and path.samefile(own)
    return "is the database of Lastwords itself, not training data" if is_own else None


def _of_loaded(loaded: data.Loaded, path: Path, wanted: int) -> Finding:
    count = len(loaded.examples)
    at_least = "at least " if count == READ_AT_MOST < wanted else ""
    text = f"{at_least}{count:,} labelled examples found (limit {wanted:,}) in {path}"
    if not loaded.malformed:
        return Finding("data", "ok", text)
    first, many = loaded.malformed[0], loaded.malformed_count
    text += f"; {many:,} malformed rows skipped, the first one: {first}"
    return Finding("data", "warn", text, _show_row(path, first))


def _show_data(path: Path, is_database: bool, error: Exception) -> str:
    place = quote(str(path))
    if isinstance(error, FileNotFoundError):
        return f"ls -la {quote(str(nearest(path.parent)))}"
    if isinstance(error, PermissionError) or re.search("unable to open|readonly", str(error)):
        return take_database(path) if is_database else take(path)
    if "locked" in str(error):
        return f"fuser -v {place}"
    if not is_database:
        return f"ls -l {place}; head -n 3 {place}"
    if isinstance(error, data.EmptyDataset | data.MalformedData):
        return f"sqlite3 {place} 'SELECT count(*) FROM {data.TABLE}; {_ROWS}'"
    if "no such column" in str(error):
        return f"sqlite3 {place} '.schema {data.TABLE}'"
    if "no such table" in str(error):
        return f"ls -l {place}; sqlite3 {place} .tables"
    return f"ls -l {place}; od -c -N 64 {place}"


def _show_row(path: Path, malformed: str) -> str:
    unit, number = malformed.split(":")[0].split()
    if unit == "line":
        return f"sed -n {number}p {quote(str(path))}"
    return f"sqlite3 {quote(str(path))} 'SELECT * FROM {data.TABLE} WHERE rowid = {number}'"


def model(subject: Subject) -> Finding | None:
    """The base model is on this machine and complete: every safetensors header fits its file."""
    if subject.spec is None:
        return None
    name = subject.spec["baseModel"]
    try:
        location = subject.location
        if location.folder is None:
            text = f"{name} is not downloaded yet: the first training downloads it"
            return Finding("model", "warn", text, _download(subject, name))
        parameters = count_parameters(location.folder)
    except hub.ModelNotFound as error:
        return Finding("model", "fail", str(error), _find(subject, name))
    except Unproved as error:
        return Finding("model", "fail", str(error), _mend_model(subject))
    except OSError as error:
        return Finding("model", "fail", f"{name}: {error}", _own(error, subject))
    text = f"{name} is complete: {parameters / 1e6:,.1f} million parameters in {location.folder}"
    return Finding("model", "ok", text)


def count_parameters(folder: Path) -> int:
    """The number of parameters of a model, each file checked to be complete.

    Raises: Unproved, which names the file; OSError.
    """
    weights = sorted(folder.glob("*.safetensors"))
    _need_files(folder, weights)
    return sum(prove_header(path.resolve()) for path in weights)  # the cache holds links to blobs


def _need_files(folder: Path, weights: list[Path]) -> None:
    if not (folder / "config.json").is_file():
        raise Unproved("model_incomplete", f"{folder} has no config.json")
    if not any((folder / name).is_file() for name in TOKENIZERS):
        raise Unproved("model_incomplete", f"{folder} has no tokenizer ({', '.join(TOKENIZERS)})")
    if not weights:
        raise Unproved(
            "model_incomplete", f"{folder} has no .safetensors file; other formats are not read"
        )
    try:
        _read_object(folder / "config.json")
        index = _read_object(folder / "model.safetensors.index.json").get("weight_map")
    except FileNotFoundError:
        return  # not split over several files
    except ValueError as error:
        raise Unproved("model_incomplete", f"{folder}: {error}") from None
    named = {str(name) for name in index.values()} if isinstance(index, dict) else set()
    for name in sorted(named - {path.name for path in weights}):
        raise Unproved("model_incomplete", f"{folder}: {name} is listed in the index but missing")


def _read_object(path: Path) -> dict[str, object]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ValueError(f"{path.name} is not JSON: {error}") from None
    if not isinstance(found, dict):
        raise ValueError(f"{path.name} is not a JSON object")
    return found


def _mend_model(subject: Subject) -> str:
    assert subject.spec is not None
    location = subject.location
    if location.origin == "a local folder":
        return f"ls -l {quote(str(location.folder))}"
    return f"{_download(subject, location.name)} --force-download"


def _find(subject: Subject, name: str) -> str:
    if looks_like_folder(name):
        return f"ls -la {quote(str(nearest(Path(name).expanduser().parent)))}"
    return f"HF_HUB_OFFLINE=0 {_download(subject, name)}"


def _download(subject: Subject, name: str) -> str:
    folder = hub.caches(subject.environment)[0].folder
    return f"hf download {quote(name)} --cache-dir {quote(str(folder))}"


def _own(error: OSError, subject: Subject) -> str:
    refused = Path(error.filename or ".")
    if refused.is_absolute():
        return take(refused)
    location = subject.location  # a file of a model that was found
    assert location.folder is not None
    local = location.origin == "a local folder"
    return take(location.folder if local else location.folder.parent.parent)


def memory(subject: Subject) -> Finding | None:
    """The model and a full batch fit into memory."""
    if subject.spec is None:
        return None
    try:
        location = subject.location
        checks.memory(location)
    except MemoryError as error:
        return Finding("memory", "fail", str(error), _BIGGEST)
    except (hub.ModelNotFound, OSError):
        return None  # the check of the model tells
    available = checks.available_memory()
    if (shape := _shape(location)) is None or available is None:
        free = "unknown" if available is None else checks.megabytes(available)
        text = f"free: {free}; the need can be estimated once the complete model is on this machine"
        return Finding("memory", "ok", text)
    return _of_estimate(shape, subject, available)


def _shape(location: hub.Location) -> estimate.Shape | None:
    if location.folder is None:
        return None
    try:
        count_parameters(location.folder)
        return estimate.read_shape(location.folder)
    except (Unproved, OSError, ValueError):
        return None


def _of_estimate(shape: estimate.Shape, subject: Subject, available: int) -> Finding:
    """The trainer's own estimate for a full batch of rows of maximum length."""
    assert subject.spec is not None
    needed = estimate.needed(shape, _load(shape, subject.spec))
    text = f"A batch needs about {checks.megabytes(needed)}; {checks.megabytes(available)} free"
    if needed <= available:
        return Finding("memory", "ok", text)
    smaller = _that_fits(shape, subject.spec, available)
    if smaller is None:
        return Finding("memory", "warn", f"{text}. No batch fits", _BIGGEST)
    named = ", ".join(f"{name} {value}" for name, value in smaller.items())
    return Finding("memory", "warn", f"{text}. {named} fits", _train(subject, smaller))


def _load(shape: estimate.Shape, spec: Mapping[str, Any]) -> estimate.Load:
    source, target = int(spec["sourceMaxTokens"]), int(spec["targetMaxTokens"])
    read = source if shape.decoder_layers else source + target
    own = 2 if checks.bf16_flag() else 4
    size = {"bf16": 2, "fp32": 4}.get(spec["precision"], own)
    return estimate.Load(int(spec["batchSize"]), read, target, size)


def _that_fits(
    shape: estimate.Shape, spec: Mapping[str, Any], available: int
) -> dict[str, int] | None:
    """The largest batch that fits; if none does, limits so short that one example fits."""
    if batch := estimate.rows_that_fit(shape, _load(shape, spec), available):
        return {"batchSize": batch}
    shorter = {name: int(spec[name]) for name in ("sourceMaxTokens", "targetMaxTokens")}
    while min(shorter.values()) >= FEWEST_TOKENS:
        if estimate.rows_that_fit(shape, _load(shape, {**spec, **shorter}), available):
            return {"batchSize": 1, **shorter}
        shorter = {name: tokens * 3 // 4 for name, tokens in shorter.items()}
    return None


def _train(subject: Subject, changed: dict[str, int]) -> str:
    """The same training as a shell command, with the changed parameters."""
    flags = " ".join(map(quote, trainer_arguments({**subject.asked, **changed})))
    return f"lastwords train --home {quote(str(subject.config.home))} {flags}"
