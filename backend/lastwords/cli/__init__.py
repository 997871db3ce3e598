"""The command `lastwords`. What is heavy is imported inside the commands that need it."""

from __future__ import annotations

import os
import sys

import click

from lastwords.cli import (  # noqa: F401  (each adds its commands)
    agents,
    change_runs,
    importing,
    inspect_runs,
    labelling,
    machines,
    maintenance,
    people,
    recording,
    serving,
)
from lastwords.cli.options import commands
from lastwords.recording.startup import hear_signals
from lastwords.records import LastwordsError

__all__ = ["commands", "main"]


def main() -> None:
    """Run the command; an error that the user can mend is one line, not a stack."""
    _open_standard_files()
    hear_signals()
    try:
        commands(prog_name="lastwords", standalone_mode=False)
    except click.exceptions.Exit as leaving:
        sys.exit(leaving.exit_code)
    except click.Abort:
        sys.exit(130)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except LastwordsError as error:
        print(f"lastwords: {error}", file=sys.stderr)
        sys.exit(1)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        sys.exit(141)


def _open_standard_files() -> None:
    """Open what the shell closed of the three, on nothing.

    Its number would go to the next file that is opened, and what is printed into that.
    """
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.set_inheritable(os.open(os.devnull, os.O_RDWR), True)  # the lowest that is free
