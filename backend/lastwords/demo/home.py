"""The demo's place in a home: filled where the home is empty, left alone where it is not."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from lastwords.demo import build
from lastwords.folders.runfolder import make_home
from lastwords.records import LastwordsError

Say = Callable[[str], None]


def is_demo(home: Path) -> bool:
    """Whether this home was filled with the demo."""
    return (home / "demo").is_dir()


def fill_if_empty(home: Path, say: Say) -> None:
    """Fill an empty home with the demo; a demo home gets back what it lacks.

    Raises: LastwordsError, if a package of the demo is missing; it says how to get it.
    """
    if not is_demo(home) and home.is_dir() and any(home.iterdir()):
        say(f"{home} is not empty: no demo data added")
        return
    if not is_demo(home):
        say(f"{home} is empty: adding the demo data and the bundled model")
    make_home(home)
    (home / "demo").mkdir(mode=0o700, exist_ok=True)
    try:
        build.prepare(home, say)
    except build.DemoError as error:
        raise LastwordsError(str(error)) from error
    if not (home / "lastwords.toml").exists():
        _write_settings(home)


def _write_settings(home: Path) -> None:
    """Defaults that train on the demo data, and the data roots they need."""
    roots = [str(home), str(build.model_folder().parent)]
    lines = ["# Written by lastwords demo: the default parameters of a training."]
    lines += [f"data_roots = {json.dumps(roots)}", "", "[defaults]"]
    lines += [f"{name} = {json.dumps(value)}" for name, value in build.default_spec(home).items()]
    (home / "lastwords.toml").write_text("\n".join(lines) + "\n", encoding="utf-8")
