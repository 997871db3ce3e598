"""What the names under which programs print their numbers mean: `val_loss` is the evaluation loss.

Five meanings have one name of ours each, as the page draws them; step and epoch say where a point
lies. Every other number keeps its own name, in the API's spelling. Standard library only.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

LOSS, EVAL_LOSS, RATE, NORM = "loss", "evalLoss", "learningRate", "gradNorm"
STEP, EPOCH, TOTAL = "step", "epoch", "totalSteps"
PLURALS = frozenset({"steps", "iters", "iterations"})  # which may be a setting too
PLACES = frozenset({STEP, EPOCH, TOTAL})

TRAIN = frozenset("train training trn tr trainer learn".split())
EVAL = frozenset("val valid validation eval evaluation test testing dev holdout".split())
# Words that do not say which loss it is.
_NEUTRAL = frozenset("avg average mean total running epoch step batch iter lm set current".split())
_BETWEEN = re.compile(r"[\s_/.:()\-]+|(?<=[a-z])(?=[A-Z])")
_OWN_BREAKS = re.compile(r"[_\s]+")

_JOINED = {
    **dict.fromkeys(("lr", "learningrate"), RATE),
    **dict.fromkeys(("gradnorm", "gradientnorm", "gnorm"), NORM),
    **dict.fromkeys(("step", "globalstep", "iter", "iteration", "it", "update", "round"), STEP),
    **dict.fromkeys(("numupdates", "currentstep", "currentsteps", "episode", "batch"), STEP),
    **dict.fromkeys(("timesteps", "totaltimesteps", "numtimesteps"), STEP),
    **dict.fromkeys(("epoch", "currentepoch", "ep"), EPOCH),
    **dict.fromkeys(("totalsteps", "maxsteps", "maxiters", "totaliters"), TOTAL),
}
# Words that tell how good a model is, whatever stands around them.
_SCORES = re.compile(
    r"acc|accuracy|ppl|perplexity|f1|bleu|rouge\w*|auc|auroc|map\d*|miou|iou|mae|mse|rmse|r2|wer|"
    r"cer|recall|precision|\w*logloss|bpb|bpc|elbo|psnr|ssim|fid|dice|xent|nll|kl|top\d"
)
_RECORDED = re.compile(r"reward|return|score|entropy|margins?|logps|logits|error")
_HOUSEKEEPING = re.compile(
    r"time|times|eta|elapsed|remaining|runtime|duration|mem|memory|speed|throughput|second|seconds"
    r"|sec|ms|dt|mfu|tok|tokens|wps|ups|wpb|bsz|fps|data|timestamp|pid|rank|port|num|version|gpu"
    r"|samples?|hours?|minutes?|wall|size|count|lineno|thread|node|worker"
)
_SETTING = re.compile(
    r"size|decay|momentum|dropout|warmup|seed|epochs|workers|beta\w*|eps|patience|threshold|delta"
    r"|max|min|target|best|weight|weights|smoothing|alpha|hidden|layers?|heads?|rank|clip|initial"
)
_PROSE = frozenset("of the for over is was a by with".split())
_CONFIGURED = frozenset(
    "epochs num_epochs n_epochs max_epochs num_train_epochs batch_size weight_decay momentum seed "
    "num_workers warmup warmup_steps warmup_ratio max_steps dropout hidden_size patience".split()
)


@lru_cache(4096)
def words_of(name: str) -> tuple[str, ...]:
    """The words of a name in lower case: `trainLoss`, `train/loss` and `Train loss` have the same.

    What stands in brackets behind it is a unit.
    """
    return tuple(word.lower() for word in _BETWEEN.split(name.strip()) if word)


@lru_cache(4096)
def meaning(name: str) -> str | None:
    """Which of our names a name stands for; None for one that is only itself."""
    words = words_of(name)
    if "loss" in words:
        return _which_loss({word for word in words if word != "loss"})
    if len(words) == 2 and words[0] == "lr":  # lr-AdamW, lr/pg0
        return RATE
    return _JOINED.get("".join(word for word in words if word not in TRAIN)) or _place(words)


def _place(words: tuple[str, ...]) -> str | None:
    found = _JOINED.get("".join(word for word in words if word not in EVAL))
    return found if found in (STEP, EPOCH) else None


def _which_loss(others: set[str]) -> str | None:
    if others <= TRAIN | _NEUTRAL:
        return LOSS
    return EVAL_LOSS if others & EVAL and others <= EVAL | _NEUTRAL else None


@lru_cache(4096)
def is_score(name: str) -> bool:
    """Whether a name alone tells that its number is a model's, not a setting."""
    said = [word.partition("@")[0] for word in words_of(name)]
    if any(_SETTING.fullmatch(word) or word in _PROSE for word in said):
        return False
    return meaning(name) in (LOSS, EVAL_LOSS) or any(map(_SCORES.fullmatch, said))


@lru_cache(4096)
def is_training(name: str) -> bool:
    """Whether a name is one that a training prints beside its step."""
    known = meaning(name) in (RATE, NORM) or "loss" in words_of(name)
    return known or is_score(name) or any(map(_RECORDED.fullmatch, words_of(name)))


@lru_cache(4096)
def is_housekeeping(name: str) -> bool:
    """Whether a name tells of time, memory or a setting: it makes no line a measurement."""
    return any(_HOUSEKEEPING.fullmatch(w) or _SETTING.fullmatch(w) for w in words_of(name))


def is_setting(name: str) -> bool:
    """Whether a name stands in configurations, and in no line of a training."""
    return name.lower().replace("-", "_") in _CONFIGURED


@lru_cache(4096)
def own_name(name: str) -> str:
    """A name in the API's spelling: `eval_accuracy` is evalAccuracy, `rewards/chosen` stays."""
    parts = [part for part in _OWN_BREAKS.split(name) if part] or [name]
    first, *rest = (part.lower() if len(part) > 1 and part.isupper() else part for part in parts)
    first = first.lower() if first[0].isupper() else first
    return first + "".join(part[0].upper() + part[1:] for part in rest)


def named(pairs: Iterable[tuple[str, float]]) -> dict[str, float]:
    """Numbers by our names; of two that mean the same, the plainest name is taken at its word."""
    found = list(pairs)
    return dict(
        zip(our_names(tuple(name for name, _ in found)), (value for _, value in found), strict=True)
    )


@lru_cache(2048)
def our_names(names: tuple[str, ...]) -> tuple[str, ...]:
    """What names that stand together are called here."""
    # transformers' summary at the end of a training: its train_loss is the mean of all.
    is_summary = any(name in ("train_runtime", "train_samples_per_second") for name in names)
    taken: dict[str, str] = {}
    for name in sorted(names, key=lambda name: len(words_of(name))):
        if (meant := meaning(name)) and not (is_summary and meant == LOSS):
            taken.setdefault(meant, name)
    if plural := [name for name in names if name.lower() in PLURALS]:
        taken.setdefault(STEP, plural[0])
    chosen = {name: meant for meant, name in taken.items()}
    return tuple(chosen.get(name) or own_name(name) for name in names)
