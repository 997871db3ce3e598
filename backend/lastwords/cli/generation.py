"""Asking a training's adapter: the trainer answers, in a process of its own.

Nothing here imports torch; the adapter is that of the run's newest completed attempt.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from lastwords.config import Config
from lastwords.folders.runfolder import AttemptFolder, attempt_folder
from lastwords.recording import processes
from lastwords.records import COMMAND, LastwordsError, Run, Status, WrongStatus
from lastwords.store.runs import Store
from lastwords.supervision.completion import output_folder
from lastwords.supervision.settling import asked_of

_TRAINER = ("-m", "lastwords.trainer")


class NoAnswer(LastwordsError):
    """The process that should have answered was ended."""


def generate(
    config: Config, store: Store, run: Run, prompt: str, options: Sequence[str]
) -> dict[str, Any]:
    """What a run's adapter answers to a prompt; progress goes to stderr as it comes.

    options: of `python -m lastwords.trainer.generate`.

    Raises: WrongStatus, if the run has no adapter; NoAnswer; SystemExit, once stderr says why.
    """
    folder = _completed(config, store, run)
    asked = asked_of(run, folder)
    output = output_folder(folder, asked)
    there = folder.path if folder.is_shipped else asked.get("cwd", folder.path)
    started_in = Path(str(there))  # what a relative --base-model begins at
    done = subprocess.run(
        [*_interpreter(config), "-m", "lastwords.trainer.generate", str(output), *options],
        input=os.fsencode(prompt),
        stdout=subprocess.PIPE,
        cwd=started_in if started_in.is_dir() else folder.path,
        env=os.environ | {"PYTHONSAFEPATH": "1"},  # no module of ours is in that folder
        check=False,
    )
    if done.returncode < 0:
        name = processes.signal_name(-done.returncode)
        raise NoAnswer(f"killed by {name} before it answered; lastwords doctor shows free memory")
    if done.returncode:
        sys.exit(done.returncode)  # it has said why
    text = done.stdout.decode("utf-8").removesuffix("\n")
    return {"id": run.id, "attempt": folder.number, "prompt": prompt, "text": text}


def _completed(config: Config, store: Store, run: Run) -> AttemptFolder:
    """The newest completed attempt of a training."""
    lists = "see lastwords ls --status completed"
    if run.kind == COMMAND:
        raise WrongStatus(
            f"{run.id} is a recorded command, not a training, so its adapter is unknown: {lists}"
        )
    completed = [each.number for each in store.attempts(run) if each.status == Status.COMPLETED]
    if not completed:
        raise WrongStatus(f"{run.id} is {run.status} and has no adapter: {lists}")
    return attempt_folder(config.home, run.id, completed[-1])


def _interpreter(config: Config) -> Sequence[str]:
    """The Python that trains, which need not be the one that serves."""
    command = config.trainer_command
    return command[:-2] if command[-2:] == _TRAINER else [sys.executable]
