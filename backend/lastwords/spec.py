"""The parameters of a training: every field once, with default, limits, flag and help.

The page's form, the validation of requests and the trainer's command line all come from here.
Standard library only.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lastwords.config import size
from lastwords.records import InvalidSpec


@dataclass(frozen=True)
class Field:
    """One field of a spec; `flag` is None if it is not passed to the trainer."""

    name: str
    kind: str  # string | integer | number | enum | strings
    flag: str | None
    help: str
    default: Any = None
    minimum: float | None = None
    maximum: float | None = None
    choices: tuple[str, ...] = ()
    unit: str | None = None


TEXT_LIMIT = 4096
MOST_NAMES = 100
_OF_A_HOME = frozenset(
    (
        "token users.json links.json masking.json lastwords.toml lastwords.db lastwords.db-wal "
        "lastwords.db-shm audit outbox"
    ).split()
)
# Said to the trainer only where they differ from its own default: another one may not know them.
_UNSAID = frozenset({"accumulation", "precision"})
_PATH_STARTS = ("/", "./", "../", "~")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")

FIELDS: tuple[Field, ...] = (
    Field("name", "string", None, "Shown in lists and notifications."),
    Field("project", "string", None, "What the run belongs to; find its runs with project:NAME."),
    Field("tags", "strings", None, "Separated by commas; find its runs with tag:NAME."),
    Field(
        "trainingType", "enum", None, "Kind of training.", "soft_prompt", choices=("soft_prompt",)
    ),
    Field(
        "baseModel",
        "string",
        "--base-model",
        "Model to fine-tune: a name on the Hub, or a folder in a data root.",
        default="google/flan-t5-small",
    ),
    Field(
        "method",
        "enum",
        "--method",
        "Fine-tuning method.",
        default="lora",
        choices=("lora", "prompt-tuning", "prefix-tuning", "ia3"),
    ),
    Field("dbPath", "string", "--db-path", "SQLite database with the table ask_ai_queries."),
    Field("dataFile", "string", "--data-file", "A .jsonl file to use instead of a database."),
    Field("maxSamples", "integer", "--max-samples", "Newest examples to use.", 2000, 1, 10_000_000),
    Field("epochs", "integer", "--epochs", "Passes over the examples.", 3, 1, 1000),
    Field("learningRate", "number", "--learning-rate", "Peak learning rate.", 5e-5, 1e-9, 10.0),
    Field("batchSize", "integer", "--batch-size", "Examples computed at once.", 1, 1, 4096),
    Field(
        "accumulation",
        "integer",
        "--accumulation",
        "Batches per optimizer step.",
        1,
        1,
        4096,
    ),
    Field(
        "precision",
        "enum",
        "--precision",
        "Number format; auto: bf16 if the hardware supports it.",
        default="auto",
        choices=("auto", "bf16", "fp32"),
    ),
    Field(
        "sourceMaxTokens",
        "integer",
        "--source-max-tokens",
        "Longer requests are truncated.",
        384,
        1,
        131_072,
        unit="tokens",
    ),
    Field(
        "targetMaxTokens",
        "integer",
        "--target-max-tokens",
        "Longer answers are truncated.",
        384,
        1,
        131_072,
        unit="tokens",
    ),
    Field("loraR", "integer", "--lora-r", "Rank of the LoRA matrices.", 16, 1, 4096),
    Field("loraAlpha", "integer", "--lora-alpha", "Scaling of the LoRA update.", 16, 1, 65_536),
    Field("loraDropout", "number", "--lora-dropout", "Dropout in LoRA layers.", 0.05, 0.0, 0.99),
    Field(
        "loraTargets",
        "strings",
        "--lora-targets",
        "Modules to adapt, separated by spaces. Default: chosen for the architecture.",
    ),
    Field("seed", "integer", "--seed", "The same seed gives the same result.", 42, 0, 2**32 - 1),
    Field(
        "timeLimitSeconds",
        "integer",
        None,
        "The run is stopped after this time. Default: no limit.",
        None,
        1,
        31_536_000,
        unit="seconds",
    ),
)

# On which engine a run is placed, and what it wants of it; only what is given is in a spec.
# `executors/engines.py` checks it.
PLACEMENT: tuple[Field, ...] = (
    Field("executor", "string", None, "Engine to place the run on. Default: this machine."),
    Field("nodes", "integer", None, "Machines.", None, 1, 1024),
    Field("gpusPerNode", "integer", None, "GPUs on each machine.", None, 0, 64),
    Field("cpus", "integer", None, "CPUs on each machine.", None, 1, 4096),
    Field(
        "memory", "integer", None, "Per machine, e.g. 16GB.", None, 1 << 20, 1 << 44, unit="bytes"
    ),
    Field("partition", "string", None, "Partition of the cluster."),
    Field("account", "string", None, "Account that is charged."),
)
HERE = "local"  # what an executor of a spec is called that is none
DATA = frozenset({"dbPath", "dataFile"})
BY_NAME: Mapping[str, Field] = {field.name: field for field in (*FIELDS, *PLACEMENT)}


def complete(asked: Mapping[str, Any], configured: Mapping[str, Any]) -> dict[str, Any]:
    """The complete spec: given values over configured defaults over the fields' own defaults.

    A given dataFile replaces a configured dbPath, and vice versa.

    Raises: InvalidSpec, which names the field.
    """
    if unknown := [name for name in [*asked, *configured] if name not in BY_NAME]:
        raise InvalidSpec(unknown[0], f"unknown field; known fields: {', '.join(BY_NAME)}")
    base = {field.name: field.default for field in FIELDS} | dict(configured)
    if asked.get("dataFile") and not asked.get("dbPath"):
        base["dbPath"] = None
    if asked.get("dbPath") and not asked.get("dataFile"):
        base["dataFile"] = None
    given = {name: value for name, value in asked.items() if value is not None}
    spec = {name: as_kept(BY_NAME[name], value) for name, value in (base | given).items()}
    if spec.get("executor") == HERE:  # what is configured for an engine is not wanted then
        unasked = {field.name for field in PLACEMENT} - given.keys() | {"executor"}
        spec = {name: value for name, value in spec.items() if name not in unasked}
    for name, value in spec.items():
        if value is not None:
            check(BY_NAME[name], value)
    if not spec["baseModel"]:
        raise InvalidSpec("baseModel", "must not be empty; give a model's name or folder")
    if spec["dbPath"] and spec["dataFile"]:
        raise InvalidSpec("dataFile", "give either dbPath or dataFile, not both")
    if not spec["dbPath"] and not spec["dataFile"]:
        raise InvalidSpec("dbPath", "give a database (dbPath) or a .jsonl file (dataFile)")
    return spec


def as_kept(field: Field, value: Any) -> Any:
    """A value as a spec keeps it: bytes, where a size such as 16GB was given.

    Raises: InvalidSpec, which names the field and the value.
    """
    if field.unit != "bytes" or not isinstance(value, str):
        return value
    try:
        return size(value)
    except (ValueError, OverflowError):
        words = f"must be a size such as 16GB, 16GiB or 512M, not {value[:80]!r}"
        raise InvalidSpec(field.name, words) from None


def check(field: Field, value: Any) -> None:
    """Check one value against its field.

    Raises: InvalidSpec, which names the field, the value and what is allowed.
    """
    if field.kind == "strings":
        for item in _list_of_strings(field, value):
            _check_text(field, item)
    elif field.kind in ("integer", "number"):
        _check_number(field, value)
    else:
        _check_text(field, value)
        if field.choices and value not in field.choices:
            known = ", ".join(field.choices)
            raise InvalidSpec(field.name, f"must be one of {known}, not {value!r}")


def _list_of_strings(field: Field, value: Any) -> Sequence[str]:
    if not isinstance(value, list) or not all(isinstance(item, str) and item for item in value):
        raise InvalidSpec(field.name, f"must be a list of names, not {value!r}")
    if len(value) > MOST_NAMES:
        raise InvalidSpec(field.name, f"must be at most {MOST_NAMES} names, not {len(value)}")
    return value


def _check_text(field: Field, value: Any) -> None:
    if not isinstance(value, str):
        raise InvalidSpec(field.name, f"must be text, not {value!r}")
    if len(value) > TEXT_LIMIT:
        raise InvalidSpec(
            field.name, f"must be at most {TEXT_LIMIT:,} characters, not {len(value):,}"
        )
    if _CONTROL.search(value):
        raise InvalidSpec(field.name, "must not contain control characters, such as line breaks")
    if field.flag and value.startswith("-"):
        raise InvalidSpec(field.name, f"must not begin with a dash: {value[:80]!r}")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise InvalidSpec(field.name, "contains half a surrogate pair, which is invalid") from None


def _check_number(field: Field, value: Any) -> None:
    numbers = (int,) if field.kind == "integer" else (int, float)
    if isinstance(value, bool) or not isinstance(value, numbers):
        raise InvalidSpec(field.name, f"must be of type {field.kind}, not {value!r}")
    if field.minimum is not None and field.maximum is not None:
        if not field.minimum <= value <= field.maximum:
            raise InvalidSpec(
                field.name,
                f"must be between {field.minimum:,.15g} and {field.maximum:,.15g}, not {value}",
            )


def resolve_paths(
    spec: dict[str, Any], roots: Sequence[Path], models: Sequence[str] = ()
) -> dict[str, Any]:
    """The spec with absolute paths, each checked to be inside a data root.

    models: the allowed models, as in `Config.models`; all are allowed if there are none.

    Raises: InvalidSpec, which names the field and the roots.
    """
    resolved = dict(spec)
    for name in ("dbPath", "dataFile"):
        if spec[name]:
            resolved[name] = str(_inside(name, spec[name], roots))
    if looks_like_folder(spec["baseModel"]):
        folder = _inside("baseModel", spec["baseModel"], roots)
        if not spec["baseModel"].startswith(_PATH_STARTS) and not folder.is_dir():
            raise InvalidSpec(
                "baseModel",
                f"{spec['baseModel'][:80]!r} is neither a Hub name (owner/name) nor "
                "a folder in a data root",
            )
        resolved["baseModel"] = str(folder)
    check_model(resolved["baseModel"], models)
    return resolved


def check_model(model: str, models: Sequence[str]) -> None:
    """Refuse a model that is not on the list of allowed models; without a list, all are allowed.

    Raises: InvalidSpec.
    """
    if models and not any(_covers(allowed, model) for allowed in models):
        raise InvalidSpec(
            "baseModel",
            f"{model!r} is not one of the models allowed by LASTWORDS_MODELS",
        )


def _covers(allowed: str, model: str) -> bool:
    """Whether a list entry covers a model: a name, `owner/*`, or a folder."""
    if allowed.endswith("/*") and not allowed.startswith(("/", "~")):
        return model.startswith(allowed[:-1])
    if allowed.startswith(("/", "~")):
        folder = Path(allowed.removesuffix("/*")).expanduser().resolve()
        return looks_like_folder(model) and Path(model).is_relative_to(folder)
    return model == allowed


def looks_like_folder(model: str) -> bool:
    """Whether a model name is a path: only `name` and `owner/name` are names on the Hub."""
    parts = model.split("/")
    hub_form = len(parts) in (1, 2) and all(
        part and part not in (".", "..") and not part.startswith(("~", "-")) for part in parts
    )
    return not hub_form or not all(char.isalnum() or char in "-_./" for char in model)


def _inside(name: str, value: str, roots: Sequence[Path]) -> Path:
    """The real path of a value; relative paths start at the first root."""
    if "://" in value:
        raise InvalidSpec(name, f"must be a path, not a URL: {value[:80]!r}")
    try:
        path = (roots[0] / value).resolve()
    except RuntimeError as error:  # a loop of links; from Python 3.13 on it is left unresolved
        raise InvalidSpec(name, f"cannot be resolved: {error}") from None
    if not any(path.is_relative_to(root.resolve()) for root in roots):
        raise InvalidSpec(
            name,
            "is outside the data roots; move it into one of them, or ask the admin to add its "
            "folder to LASTWORDS_DATA_ROOTS",
        )
    if _is_of_a_home(path):
        raise InvalidSpec(name, "is a file of Lastwords itself, not training data")
    return path


def _is_of_a_home(path: Path) -> bool:
    """Whether a path is the token, the database or the like of a home, which is a data root too.

    A folder that may not be looked into is none: a home's owner can read it.
    """
    homes = (folder for folder in path.parents if os.access(folder / "lastwords.db", os.F_OK))
    return any(path.relative_to(home).parts[0] in _OF_A_HOME for home in homes)


def trainer_arguments(spec: Mapping[str, Any]) -> list[str]:
    """The trainer's flags for a spec, each as `--flag=value` so that no value becomes a flag.

    The trainer's batch is all that one optimizer step is made of, computed in so many parts.
    """
    arguments = []
    parts = spec.get("accumulation") or 1
    if parts > 1:
        spec = {**spec, "batchSize": (spec.get("batchSize") or 1) * parts}
    for field in FIELDS:
        value = spec.get(field.name)
        if field.flag is None or value is None or value == []:
            continue
        if field.name in _UNSAID and value == field.default:
            continue
        text = " ".join(value) if field.kind == "strings" else f"{value}"
        arguments.append(f"{field.flag}={text}")
    return arguments


def of_trainer_flags(
    given: Mapping[str, Any], configured: Mapping[str, Any]
) -> tuple[dict[str, Any], list[str]]:
    """A spec from the trainer's flags, whose batch is a whole step; and what no spec can say."""
    asked, parts = dict(given), given.get("accumulation") or 1
    whole = given.get("batchSize") or configured.get("batchSize") or BY_NAME["batchSize"].default
    if parts == 1:
        return asked, []
    if whole % parts:  # parts that are not equal, which the trainer makes all the same
        return asked, [f"{BY_NAME['accumulation'].flag}={asked.pop('accumulation')}"]
    return asked | {"batchSize": whole // parts}, []


def read_value(field: Field, text: str) -> Any:
    """A value that was typed, as a field of this kind holds it; nothing typed means its default.

    Raises: InvalidSpec, which names the field, the value and what is allowed.
    """
    if text == "":
        return field.default
    if field.kind == "strings":
        return [word for word in re.split(r"[\s,]+", text) if word]
    if field.unit == "bytes":
        return as_kept(field, text)
    if field.kind not in ("integer", "number"):
        return text
    try:
        return int(text) if field.kind == "integer" else float(text)
    except ValueError:
        _check_number(field, text)
        raise


def changed(whole: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """A complete spec with some values changed, checked as a new one is.

    Raises: InvalidSpec, which names the field and the possible ones.
    """
    asked = {name: value for name, value in whole.items() if value is not None}
    for name in DATA if DATA.intersection(changes) else ():
        asked.pop(name, None)  # the one replaces the other
    return complete({**asked, **changes}, {})
