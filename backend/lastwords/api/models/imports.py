"""What became of logs that were imported."""

from __future__ import annotations

from lastwords.api.models.base import Answer
from lastwords.api.models.runs import Run


class Imported(Answer):
    """New runs, how many logs were imported before, and why others were not."""

    runs: list[Run]
    known: int
    failures: list[str]
    causes: dict[str, int]
