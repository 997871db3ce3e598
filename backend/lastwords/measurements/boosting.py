"""Rounds of boosting: LightGBM, XGBoost, CatBoost. Standard library only."""

from __future__ import annotations

import re

from lastwords.measurements.line import Line
from lastwords.measurements.names import EVAL, EVAL_LOSS, LOSS, TRAIN, words_of
from lastwords.measurements.pairs import read_pairs

_ROUND = re.compile(r"\[\d{1,9}\]\s|\d{1,9}:\s{1,9}learn: ")
_OBJECTIVE = re.compile(
    r"(?:\w{0,12}logloss|rmsle|rmse|mae|mape|l1|l2|mse|huber|quantile|poisson|cross_entropy)"
)


def read_boosting(text: str) -> Line | None:
    """A round of LightGBM, XGBoost or CatBoost: the loss is the objective on each data set."""
    if not _ROUND.match(text):
        return None
    line = read_pairs(text)
    if line is None:
        return None
    taken: set[str] = set()
    pairs = []
    for name, value in line.pairs:
        name = name.replace("'s ", " ")
        meant = _objective_of(name)
        pairs.append((name if meant is None or meant in taken else meant, value))
        taken |= {meant} if meant else set()
    line.pairs = pairs
    return line


def _objective_of(name: str) -> str | None:
    """Which loss `train-logloss`, `valid_1 l2` or CatBoost's `learn` is."""
    words = words_of(name)
    is_loss = _OBJECTIVE.fullmatch(words[-1]) if len(words) > 1 else name in ("learn", "test")
    if not is_loss:
        return None
    return LOSS if words[0] in TRAIN else EVAL_LOSS if words[0] in EVAL else None
