"""Progress bars: tqdm's, Keras', rich's as Lightning draws it. Standard library only."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from lastwords.measurements.line import Line
from lastwords.measurements.names import EPOCH, EVAL, PLACES, STEP, is_training, meaning, words_of
from lastwords.measurements.pairs import read_pairs
from lastwords.measurements.values import ANY_NUMBER

_CLOCK = r"(?:\d{1,3} days?, )?[\d:?]{1,12}"
_TQDM = re.compile(
    r"(?<![\w.])(?P<done>\d{1,15})(?:/(?P<of>\d{1,15})|it)\s"
    rf"\[(?P<spent>{_CLOCK})(?:<(?P<left>{_CLOCK}))?(?:,(?P<rest>[^\]\n]{{0,2000}}))?(?:\]|$)"
)
_SHARE = re.compile(r"\d{1,3}%\s?\|")  # how tqdm's drawing begins, behind its title
_KERAS = re.compile(
    r"(?P<done>\d{1,12})/(?P<of>\d{1,12})\s(?:[━╸╺─]{5,60}|\[[=>.]{5,60}\]|-)\s"
    rf"(?:- )?(?:ETA: )?(?P<left>{_CLOCK}|(?:\d{{1,6}}m?s))(?P<rest>[\s:/\-][^\n]{{0,2000}})"
)
_RICH = re.compile(
    r"(?P<title>[^\n━╸╺]{0,120}?)\s{0,4}[━╸╺ ─]{4,200}\s{0,9}(?P<done>\d{1,15})/(?P<of>\d{1,15})\s"
    rf"(?P<spent>{_CLOCK}) •(?: (?P<left>-?-?[\d:\-]{{1,12}}))?\s{{1,12}}[\d.]{{1,12}}(?:it/s|s/it)"
    r"(?P<rest>[^\n]{0,2000})"
)
_EPOCH = re.compile(r"\bepochs?\b[\s:#\[]{0,4}(\d{1,9})(?:\s?(?:/|of)\s?(\d{1,9}))?", re.IGNORECASE)
_POSTFIX = re.compile(
    rf"\s{{0,4}}([A-Za-z_][\w/@.\- ]{{0,60}})[=:]\s{{0,2}}({ANY_NUMBER})%?\s{{0,4}}"
)
_SPACED = re.compile(rf"([A-Za-z_][\w/@.\-]{{0,60}}):\s({ANY_NUMBER})(?!\S)")
_ONE_CLOCK = re.compile(rf"\s*(?:{_CLOCK})?\s*")  # the time left, where that had no room either
# What is drawn around a training, and is not it.
_OTHERS = re.compile(
    r"map\b|filter|download|load|generat|fetch|tokeniz|cast|sav|creat|resolv|read|extract|upload|"
    r"sanity|predict|process|prepar|cach|collect|import|convert|comput|pack|unpack|add|truncat|"
    r"\S{0,80}\.(?:zip|gz|tar|safetensors|bin|json|jsonl|parquet|txt|model|onnx)\b",
    re.IGNORECASE,
)

_VERSION = ("v_num",)
_OF_EPOCHS = ("epoch", "epochs", "training epochs")
_EVALUATING = EVAL | {"evaluating", "validating"}


@dataclass(frozen=True)
class Bar:
    """One state of a bar: what it counts, how far it is, and what is written beside it.

    left, spent: seconds, as the program tells them.
    """

    title: str
    done: int
    of: int | None
    left: float | None
    spent: float | None
    line: Line

    @property
    def has_numbers(self) -> bool:
        return any(is_training(name) for name, _ in self.line.pairs)

    @property
    def is_other(self) -> bool:
        """Whether it is of something around the training: loading, mapping, an evaluation."""
        if self.line.is_evaluation:
            return True
        return not self.has_numbers and bool(_OTHERS.match(self.title))


def read_bar(text: str) -> Bar | None:
    """The bar that a line is."""
    if found := _TQDM.search(text) if "[" in text else None:
        title = _SHARE.split(text[: found.start()])[0].rstrip(" :|")
        return _bar(found, title, _postfix(found["rest"] or text[found.end() :]))
    if found := _KERAS.match(text):
        return _bar(found, "", _behind_dashes(found["rest"]))
    if found := _RICH.match(text) if "━" in text else None:
        return _from_zero(_bar(found, found["title"].strip(), _spaced(found["rest"])))
    return None


def read_behind(bar: Bar, text: str) -> Bar | None:
    """The numbers of a line that Lightning's bar had no room for, as a state of the bar."""
    line = _spaced(text)
    if not line.pairs or not _ONE_CLOCK.fullmatch(_SPACED.sub("", text)):
        return None
    places = [pair for pair in bar.line.pairs if meaning(pair[0]) in PLACES]
    return replace(bar, line=replace(bar.line, pairs=[*places, *line.pairs]))


def _from_zero(bar: Bar) -> Bar:
    """Lightning counts epochs from 0, of which it draws the last one's number."""
    epoch = next((value for name, value in bar.line.pairs if meaning(name) == EPOCH), None)
    if epoch is not None and bar.of is not None:
        bar.line.pairs.append((STEP, epoch * bar.of + bar.done))
        bar.line.epochs = bar.line.epochs and bar.line.epochs + 1
    return bar


def _bar(found: re.Match[str], title: str, line: Line) -> Bar:
    groups = found.groupdict()
    done, of = int(groups["done"]), int(groups["of"]) if groups.get("of") else None
    line = _with_title(line, title)
    _add_epoch(line, title)
    if title.lower() in _OF_EPOCHS and of is not None:
        line.pairs.append((EPOCH, float(done)))
        line.epochs = of
    elif of is None:
        line.pairs.append((STEP, float(done)))
    else:
        line.batch, line.counts_steps = (done, of), True
    _add_kind(line, title)
    left = 0.0 if of is not None and done >= of else _seconds(groups.get("left"))
    return Bar(title, done, of, left, _seconds(groups.get("spent")), line)


def _add_epoch(line: Line, title: str) -> None:
    if (named := _EPOCH.search(title)) is None:
        return
    if all(meaning(name) != EPOCH for name, _ in line.pairs):
        line.pairs.append((EPOCH, float(named[1])))
    line.epochs = int(named[2]) if named[2] else None


def _add_kind(line: Line, title: str) -> None:
    """What stands beside the bar of an evaluation is of the evaluation."""
    line.is_evaluation = bool(set(words_of(title)) & _EVALUATING)
    if line.is_evaluation:
        line.pairs = [
            (
                name if meaning(name) == EPOCH or set(words_of(name)) & EVAL else f"eval {name}",
                value,
            )
            for name, value in line.pairs
        ]


def _with_title(line: Line, title: str) -> Line:
    """The numbers of a bar with those of its title: `Epoch 1 loss: 0.5`, `1|10|Loss: 5.76`."""
    if title and (titled := read_pairs(title)):
        known = {name for name, _ in line.pairs}
        line.pairs += [pair for pair in titled.pairs if pair[0] not in known]
    return line


def _postfix(text: str | None) -> Line:
    """`10.0it/s, loss=0.532, v_num=0`; what is no number there is passed over."""
    line = Line()
    for item in (text or "").split(","):
        if found := _POSTFIX.fullmatch(item):
            line.pairs.append((found[1].strip(), float(found[2])))
        elif any(map(str.isdigit, item)) and (titled := read_pairs(item.strip())):
            line.pairs += titled.pairs
    line.pairs = [pair for pair in line.pairs if pair[0] not in _VERSION]
    return line


def _behind_dashes(text: str) -> Line:
    items = [_POSTFIX.fullmatch(item) for item in text.split(" - ")]
    return Line([(found[1].strip(), float(found[2])) for found in items if found])


def _spaced(text: str) -> Line:
    pairs = [(name, float(value)) for name, value in _SPACED.findall(text)]
    return Line([pair for pair in pairs if pair[0] not in _VERSION])


def _seconds(clock: str | None) -> float | None:
    """`1:02:03`, `00:08`, `2s`: None for `?`."""
    if not clock or "?" in clock or "-" in clock:
        return None
    days, _, rest = clock.rpartition(" day")
    seconds = 86400.0 * int(days) if days else 0.0
    rest = rest.lstrip("s").lstrip(", ") if days else rest
    if rest.endswith("ms"):
        return 0.0
    clock_seconds = 0
    parts = rest.rstrip("s").split(":")
    if not all(part.isdigit() for part in parts) or len(parts) > 3:
        return None
    for part in parts:
        clock_seconds = clock_seconds * 60 + int(part)
    return seconds + clock_seconds
