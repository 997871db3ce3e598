"""Whether the installed packages are compatible with this package and with each other.

Read from the packages' own metadata; none of them is imported.
"""

from __future__ import annotations

import importlib.metadata
import re
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from packaging.requirements import Requirement

EXTRA = "train"
_PARSING = threading.Lock()  # Python 3.11 may fail where two threads make a syntax tree


def misfits(names: tuple[str, ...]) -> Iterator[str]:
    """Requirements of Lastwords' training and of `names` that no installed version meets.

    Yields: each as pip takes it, such as "tokenizers<0.24,>=0.23".
    Raises: ModuleNotFoundError, if `packaging` is missing: transformers and peft need it too.
    """
    seen: set[str] = set()
    for owner in ("lastwords", *names):
        for requirement in _requirements(owner, EXTRA if owner == "lastwords" else ""):
            wanted = f"{requirement.name}{requirement.specifier}"
            if wanted not in seen and not _is_met(requirement):
                yield wanted
            seen.add(wanted)


def to_install(missing: str) -> list[str]:
    """What pip needs to be told where this package is missing: all that training lacks."""
    if missing == "packaging":  # without which no range can be read
        return [missing]
    lacking = list(misfits(()))
    named = any(re.split(r"[^\w.-]", text)[0] == missing for text in lacking)
    return lacking if named else [missing, *lacking]


def _requirements(owner: str, extra: str) -> Iterator[Requirement]:
    from packaging.requirements import Requirement

    try:
        texts = importlib.metadata.requires(owner) or []
    except importlib.metadata.PackageNotFoundError:
        return  # run from its sources, or named by another check
    for text in texts:
        with _PARSING:
            requirement = Requirement(text)
        marker = requirement.marker
        if marker is None or marker.evaluate({"extra": extra}):
            yield requirement


def _is_met(requirement: Requirement) -> bool:
    try:
        version = importlib.metadata.version(requirement.name)
    except importlib.metadata.PackageNotFoundError:
        return False
    return requirement.specifier.contains(version, prereleases=True)
