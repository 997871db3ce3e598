"""Fixes for a training: new values of its spec.

Only what the cause itself calls for: never for an error in the code, the data or the packages.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from lastwords import spec as specs
from lastwords.repairing.fix import RESULT, STEP, Fix, divided, lower, shown

Spec = Mapping[str, Any]
FEWEST_TOKENS = 32
_BEFORE_ANY_BATCH = frozenset(
    """
    check_dependencies load_examples load_tokenizer prepare_dataset load_model wrap_adapter
    """.split()
)


def _value(spec: Spec, name: str) -> Any:
    """A spec that is older than a field has its default."""
    given = spec.get(name)
    return specs.BY_NAME[name].default if given is None else given


def _fix(
    name: str,
    text: str,
    spec: Spec,
    changes: Mapping[str, Any],
    keeps: str | None = None,
    effect: str | None = None,
) -> Fix:
    before = {field: _value(spec, field) for field in changes}
    label = ", ".join(
        f"{in_words(field)} {as_said(field, before[field])} → {as_said(field, value)}"
        for field, value in changes.items()
    )
    return Fix(name, text, label, changes, before, None, keeps, effect)


def as_said(field: str, value: object) -> str:
    """A value of a spec's field as people write it."""
    known = specs.BY_NAME.get(field)
    return shown(value, known is not None and known.unit == "bytes")


def in_words(field: str) -> str:
    """`batchSize` as `batch size`."""
    return re.sub(r"(?<=[a-z])([A-Z])", lambda found: f" {found[1].lower()}", field)


def smaller_batch(spec: Spec, stage: str | None) -> Fix | None:
    parts = divided(int(_value(spec, "batchSize")), int(_value(spec, "accumulation")))
    most = specs.BY_NAME["accumulation"].maximum
    if parts is None or stage in _BEFORE_ANY_BATCH or (most is not None and parts[1] > most):
        return None
    changes = {"batchSize": parts[0], "accumulation": parts[1]}
    text = "Compute fewer examples at once, and as many for each optimiser step"
    return _fix("smaller-batch", text, spec, changes, STEP)


def half_precision(spec: Spec, stage: str | None) -> Fix | None:
    if _value(spec, "precision") != "fp32":
        return None
    effect = "Weights and activations take half the memory and have fewer digits."
    return _fix("bf16", "Compute in bf16", spec, {"precision": "bf16"}, None, effect)


def shorter_sequences(spec: Spec, stage: str | None) -> Fix | None:
    names = ("sourceMaxTokens", "targetMaxTokens")
    lengths = {name: int(_value(spec, name)) for name in names}
    changes = {name: max(FEWEST_TOKENS, length // 2) for name, length in lengths.items()}
    changes = {name: length for name, length in changes.items() if length < lengths[name]}
    if not changes or stage in _BEFORE_ANY_BATCH:
        return None
    effect = "What is longer is truncated and not learned. The training starts over."
    return _fix("shorter-sequences", "Truncate earlier", spec, changes, None, effect)


def lower_rate(spec: Spec, stage: str | None) -> Fix | None:
    rate = float(_value(spec, "learningRate"))
    least = specs.BY_NAME["learningRate"].minimum or 0.0
    if lower(rate) < least:
        return None
    effect = "Each step changes the model less. The training starts over."
    changes = {"learningRate": lower(rate)}
    return _fix("lower-rate", "Learn in smaller steps", spec, changes, None, effect)


def full_precision(spec: Spec, stage: str | None) -> Fix | None:
    if _value(spec, "precision") == "fp32":
        return None
    effect = "Takes twice the memory, and rounds less."
    return _fix("fp32", "Compute in fp32", spec, {"precision": "fp32"}, None, effect)


def more_time(spec: Spec, stage: str | None) -> Fix | None:
    limit = spec.get("timeLimitSeconds")
    most = specs.BY_NAME["timeLimitSeconds"].maximum or 0
    if not limit or limit >= most:
        return None
    changes = {"timeLimitSeconds": min(int(limit) * 2, int(most))}
    return _fix("more-time", "Give it more time", spec, changes, RESULT)


def more_memory(spec: Spec, stage: str | None) -> Fix | None:
    """Of a job that an engine placed within a limit of its own."""
    limit = spec.get("memory")
    most = specs.BY_NAME["memory"].maximum or 0
    if not spec.get("executor") or not limit or limit >= most:
        return None
    changes = {"memory": min(int(limit) * 2, int(most))}
    return _fix("more-memory", "Ask the engine for more memory", spec, changes, RESULT)


def unchanged(spec: Spec, stage: str | None) -> Fix | None:
    text = "Try again: what could not be reached may answer now"
    return Fix("unchanged", text, "the same settings", keeps=RESULT)


Repair = Callable[[Spec, str | None], Fix | None]
OF_CAUSES: Mapping[str, tuple[Repair, ...]] = {
    "memory.gpu_oom": (smaller_batch, half_precision, shorter_sequences),
    "memory.host_oom": (more_memory, smaller_batch, half_precision, shorter_sequences),
    "numeric.nan": (lower_rate, full_precision),
    "process.timeout": (more_time,),
    "network.unreachable": (unchanged,),
}


def fixes(cause: str | None, spec: Spec, stage: str | None) -> list[Fix]:
    """What could mend a training that failed of this cause in this stage, the mildest first."""
    repairs = OF_CAUSES.get(cause or "", ())
    return [found for repair in repairs if (found := repair(spec, stage)) is not None]


_OF_A_JOB: frozenset[Repair] = frozenset({more_memory, more_time})


def fixes_of_job(cause: str | None, spec: Spec) -> list[Fix]:
    """What of this an engine can do for any program: give its job more."""
    repairs = [repair for repair in OF_CAUSES.get(cause or "", ()) if repair in _OF_A_JOB]
    return [found for repair in repairs if (found := repair(spec, None)) is not None]


# What a checkpoint has nothing to do with; any other change begins the training anew.
_FREE = frozenset({"timeLimitSeconds", "precision", "name"})


def goes_on(before: Spec, after: Spec) -> bool:
    """Whether a training can go on from the checkpoint of one with these settings."""
    return _recipe(before) == _recipe(after)


def _recipe(spec: Spec) -> dict[str, Any]:
    known = {field.name: _value(spec, field.name) for field in specs.FIELDS}
    step = known.pop("batchSize") * known.pop("accumulation")
    return {name: value for name, value in known.items() if name not in _FREE} | {"step": step}
