"""Lastwords: runs trainings, keeps every word they say, and shows why one failed."""

from __future__ import annotations

TYPE_CHECKING = False  # typing itself is too much for what a first byte waits for
if TYPE_CHECKING:
    from collections.abc import Mapping

    from lastwords.notebook import Shell


def log(
    values: Mapping[str, object] | None = None,
    /,
    *,
    step: int | None = None,
    epoch: float | None = None,
    total_steps: int | None = None,
    **more: object,
) -> None:
    """Report numbers of a training to its run's page: `lastwords.log(step=3, loss=0.5)`.

    values: those whose names are no identifiers, as `rewards/chosen`. total_steps: of the whole
    training, for its progress. Does nothing outside `lastwords run`, or in a rank other than 0.
    """
    from lastwords.trainer.reporting import events_of_process

    events_of_process().log({**(values or {}), **more}, step, epoch, total_steps)


def load_ipython_extension(shell: Shell) -> None:
    """`%load_ext lastwords`: IPython looks for this function here."""
    from lastwords.notebook import register

    register(shell)
