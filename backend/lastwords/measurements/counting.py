"""Steps over a whole training, where each epoch counts its own from the beginning.

Standard library only.
"""

from __future__ import annotations


class Counter:
    """The step of every place that one program tells, one after another."""

    def __init__(self) -> None:
        self.before = 0  # steps of the epochs that are over
        self._done = 0
        self._of: int | None = None
        self._epoch: float | None = None

    def step(self, done: int, of: int | None, epoch: float | None) -> int:
        """The step in all, of the `done`-th of `of`, in an epoch or in all."""
        self._start_anew(epoch)
        if self._is_next_epoch(done, of, epoch):
            self.before += of if of is not None and of >= self._done else self._done
        self._done, self._of = done, of
        self._epoch = self._epoch if epoch is None else epoch
        return self.before + done

    def _is_next_epoch(self, done: int, of: int | None, epoch: float | None) -> bool:
        if epoch is None or self._epoch is None:
            return done < self._done and of is not None and of == self._of
        is_back = done <= self._done if of is not None else done < self._done
        return is_back and epoch > self._epoch

    def _start_anew(self, epoch: float | None) -> None:
        """An earlier epoch than the last is another training."""
        if epoch is not None and self._epoch is not None and epoch < self._epoch:
            self.before = self._done = 0
