"""Fixes for a recorded command: its command line with other options, to be run by a person, or,
where an engine placed it, by that.

Changed are only options that the command really has; one is added only where another shows that
the program knows it. What stands in a shell's script is left alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from lastwords.repairing.fix import RESULT, STEP, Fix, divided, lower
from lastwords.store.parameters import Option, canonical, number, options_of

Command = Sequence[str]
FEWEST_TOKENS = 32
_BATCH = ("batch", "microbatchsize", "devicebatchsize")
_OF_TRANSFORMERS = "per_device_train_batch_size"
_PARTS = frozenset(
    """
    gradientaccumulationsteps gradientaccumulation gradaccum gradaccumsteps accumulategradbatches
    accumulationsteps accumulation
    """.split()
)
_LENGTH = ("maxseqlength", "maxseqlen", "maxlength", "cutofflen", "sequencelen", "modelmaxlength")
_WORKERS = ("dataloadernumworkers", "numworkers", "workers")
_PRECISION = ("precision", "mixedprecision")
_WIDER = {"16": "bf16", "16-mixed": "bf16-mixed", "fp16": "bf16", "float16": "bfloat16"}
_OUR_TRAINER = "lastwords.trainer"


def _key(name: str) -> str:
    """What an option is known by: of a path such as Hydra's `trainer.lr` the last word."""
    return canonical(name.rpartition(".")[2])


def _named(command: Command, names: Iterable[str]) -> Option | None:
    """The option of one of these names that counts: the last one."""
    known = tuple(names)
    return next(
        (option for option in reversed(options_of(command)) if _key(option.name) in known), None
    )


def _whole(option: Option | None) -> int | None:
    value = number(option.value) if option and isinstance(option.value, str) else None
    return int(value) if value is not None and value.is_integer() else None


def _with(command: Command, option: Option, value: str) -> list[str]:
    """The command with another value of an option, written as it was."""
    words = list(command)
    if option.joined:
        words[option.place] = f"{words[option.place].partition('=')[0]}={value}"
    else:
        words[option.place + 1] = value
    return words


def _flag_of(command: Command, option: Option) -> str:
    return command[option.place].partition("=")[0]


def _arrow(command: Command, option: Option, value: str) -> str:
    return f"{_flag_of(command, option)} {option.value} → {value}"


def _alike(command: Command, option: Option, name: str, value: str) -> list[str]:
    """The words for another option, written like the one that is there."""
    dashes = command[option.place][
        : len(command[option.place]) - len(command[option.place].lstrip("-"))
    ]
    prefix = option.name.rpartition(".")[0]
    full = f"{dashes}{prefix}{'.' if prefix else ''}{name}"
    return [f"{full}={value}"] if option.joined else [full, value]


def smaller_batch(command: Command) -> Fix | None:
    """Fewer examples at once; as many for a step where the program can add gradients up."""
    option, parts = _named(command, _BATCH), _named(command, _PARTS)
    batch, times = _whole(option), _whole(parts) if parts else 1
    if option is None or batch is None or batch < 2 or times is None:
        return None
    if _OUR_TRAINER in command:
        return _more_parts(command, option, parts, batch, times)
    if parts is None and option.name.rpartition(".")[2] != _OF_TRANSFORMERS:
        return _smaller_step(command, option, batch)
    found = divided(batch, times)
    assert found is not None
    words = _with(command, option, str(found[0]))
    label = _arrow(command, option, str(found[0]))
    if parts:
        words = _with(words, parts, str(found[1]))
        label += f", {_arrow(command, parts, str(found[1]))}"
    else:
        added = _alike(command, option, "gradient_accumulation_steps", str(found[1]))
        words, label = [*words, *added], f"{label}, {' '.join(added)}"
    text = "Compute fewer examples at once, and as many for each optimiser step"
    return Fix("smaller-batch", text, label, command=tuple(words), keeps=STEP)


def _more_parts(
    command: Command, option: Option, parts: Option | None, batch: int, times: int
) -> Fix | None:
    """Our own trainer's batch is a whole step; it is computed in parts."""
    if times * 2 > batch:
        return None
    value = str(times * 2)
    words = _with(command, parts, value) if parts else [*command, "--accumulation", value]
    label = f"--accumulation {times} → {value}"
    text = "Compute fewer examples at once, and as many for each optimiser step"
    return Fix("smaller-batch", text, label, command=tuple(words), keeps=STEP)


def _smaller_step(command: Command, option: Option, batch: int) -> Fix:
    value = str(batch // 2)
    label = _arrow(command, option, value)
    effect = (
        f"An optimizer step is made of {value} examples instead of {batch}: the result differs. "
    )
    effect += "Gradient accumulation keeps it, where the program has an option for it."
    text = "Lower the batch size that the command passes"
    return Fix(
        "smaller-batch", text, label, command=tuple(_with(command, option, value)), effect=effect
    )


def checkpointing(command: Command) -> Fix | None:
    """Known to exist where transformers' own options are used."""
    names = {option.name: option for option in options_of(command)}
    like = names.get(_OF_TRANSFORMERS)
    if like is None or "gradient_checkpointing" in names:
        return None
    added = _alike(command, like, "gradient_checkpointing", "True")
    label = " ".join(added)
    text = "Compute activations again instead of keeping them, which takes longer"
    words = (*command, *added)
    return Fix("gradient-checkpointing", text, label, command=words, keeps=RESULT)


def shorter_sequences(command: Command) -> Fix | None:
    option = _named(command, _LENGTH)
    length = _whole(option)
    if option is None or length is None or length // 2 < FEWEST_TOKENS:
        return None
    label = _arrow(command, option, str(length // 2))
    effect = "What is longer is truncated and not learned."
    words = tuple(_with(command, option, str(length // 2)))
    return Fix(
        "shorter-sequences", f"Truncate earlier: {label}", label, command=words, effect=effect
    )


def lower_rate(command: Command) -> Fix | None:
    option = _named(command, ("lr",))
    rate = number(option.value) if option and isinstance(option.value, str) else None
    if option is None or rate is None or rate <= 0:
        return None
    label = _arrow(command, option, f"{lower(rate):g}")
    effect = "Each step changes the model less."
    words = tuple(_with(command, option, f"{lower(rate):g}"))
    return Fix(
        "lower-rate", f"Learn in smaller steps: {label}", label, command=words, effect=effect
    )


def wider_range(command: Command) -> Fix | None:
    """bf16 for fp16, which overflows beyond 65,504."""
    changed = _of_switch(command) or _of_precision(command)
    if changed is None:
        return None
    words, label = changed
    effect = "bf16 has fp32's range and fewer digits than fp16; older GPUs compute it slowly."
    return Fix("bf16", "Use bf16 instead of fp16", label, command=words, effect=effect)


def _of_switch(command: Command) -> tuple[tuple[str, ...], str] | None:
    option = _named(command, ("fp16",))
    if option is None or option.value not in (True, "True", "true", "1"):
        return None
    words = list(command)
    words[option.place] = words[option.place].replace("fp16", "bf16", 1)
    return tuple(words), f"{command[option.place]} → {words[option.place]}"


def _of_precision(command: Command) -> tuple[tuple[str, ...], str] | None:
    option = _named(command, _PRECISION)
    wider = _WIDER.get(str(option.value)) if option else None
    if option is None or wider is None:
        return None
    return tuple(_with(command, option, wider)), _arrow(command, option, wider)


def fewer_workers(command: Command) -> Fix | None:
    option = _named(command, _WORKERS)
    if option is None or not _whole(option):
        return None
    label = _arrow(command, option, "0")
    words = tuple(_with(command, option, "0"))
    text = "Load data in the main process, which shows the real error"
    return Fix("fewer-workers", text, label, command=words, keeps=RESULT)


def difference(before: Command, after: Command) -> tuple[dict[str, Any], dict[str, Any]]:
    """The options in which a command differs, as they are written: their values then, and before.

    None is one that is not there; True one without a value.
    """
    then, was = (
        {_flag_of(words, each): each.value for each in options_of(words)}
        for words in (after, before)
    )
    names = [name for name in {**was, **then} if was.get(name) != then.get(name)]
    return {name: then.get(name) for name in names}, {name: was.get(name) for name in names}


OF_CAUSES: Mapping[str, tuple[Callable[[Command], Fix | None], ...]] = {
    "memory.gpu_oom": (smaller_batch, checkpointing, shorter_sequences),
    "memory.host_oom": (smaller_batch, fewer_workers, shorter_sequences),
    "memory.shm": (fewer_workers,),
    "worker.crash": (fewer_workers,),
    "numeric.nan": (lower_rate, wider_range),
}


def fixes(cause: str | None, command: Command) -> list[Fix]:
    """Command lines that could do better than one that failed of this cause, the mildest first."""
    repairs = OF_CAUSES.get(cause or "", ())
    return [found for repair in repairs if (found := repair(command)) is not None]
