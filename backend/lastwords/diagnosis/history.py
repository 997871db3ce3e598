"""What a log shows of the training itself: that it went on, that it ended, what its losses were."""

import math
import re
from itertools import compress, islice, takewhile

from lastwords.diagnosis.explanation import Log
from lastwords.diagnosis.lanes import tag_of
from lastwords.diagnosis.lines import Line, is_picture, lines_between
from lastwords.diagnosis.message import is_asked
from lastwords.diagnosis.native_stacks import is_native
from lastwords.diagnosis.prefixes import without_prefix

_CHUNK = 256 << 10
_NEAR = 64 << 10  # bytes after an error, and at the end, that are read for signs of going on
_MOST_LINES = 8_000
_SAID = 4_000
_TRAINED = re.compile(  # each choice begins with its word: what holds none of them is soon passed
    (
        r"loss(?<=\bloss)\b(?:[ '\":=()]*+[\d.]|.{0,12}?(?:nan|inf)\b)|train_(?:runtime|loss)|"
        + "".join(
            rf"{word}(?<=\b{word}){more}\b[ #:=\[]*+\d|"
            for word, more in (
                ("epoch", "e?"),
                ("époque", ""),
                ("época", ""),
                ("step", ""),
                ("schritt", ""),
                ("iter", "(?:ation)?"),
            )
        )
        + r"learn(?<=\blearn):[ \t]+[\d.]|train-(?<=\btrain-)[\w@]+:[\d.]|"
        + r"it/s(?<=\dit/s)|s/it(?<=\ds/it)|eval_(?<=\beval_)\w|"
        + "".join(
            rf"{word}(?<=\b{word})(?<!not {word})(?<!nothing {word})(?<!nothing was {word})\b"
            rf".{{0,60}} (?:to|in|as) \S|"
            for word in ("wrote", "saved", "written", "exported")
        )
        + r"save(?<=\bsave)d? .{0,60}(?:model|adapter|checkpoint|weights)|"
        r"training (?:complete|finished|abgeschlossen|beendet|fertig)|"
        r"trial(?<=\btrial)s?(?: \d+)? "
        r"(?:finished|completed?)|model(?<=\bmodel)l?o?\b.{0,60}\b(?:gespeichert|guardado|salvato)|"
        r"modèle(?<=\bmodèle)\b.{0,60}(?:enregistré|sauvegardé)|verlust(?<=\bverlust)\b\W{1,4}\d|"
        r"trainingsverlust(?<=\btrainingsverlust)\b\W{1,4}\d|第 ?\d+ ?[轮步]|训练损失|"
        r"损失(?:[ =:]|:)*\d|训练(?:已|全部)?(?:完成|结束|完毕)|"
        r"已保存|成功保存|保存(?:到|至|成功|完成|完毕)"
    ).encode()
)
_SAVED = re.compile(rb"\b(?:saved|written)")
_SAVES_LOOKED_AT = 200
_BEFORE_SAVED = 200
_WHAT_IS_SAVED = re.compile(
    rb"(?<!no )\b(?:model|adapter|checkpoint|weights|\S+\.\w{2,11})\b(?!.{0,30}\bnot\b).{0,60}"
    rb"\b(?:saved|written)"
)
_WORK_DONE = re.compile(
    rb"(?im)^=+ (?!.*\b[1-9]\d* (?:failed|error)).*\b[1-9]\d* passed\b|"
    rb"`Trainer\.fit` stopped:(?! No )|"
    rb"\b([1-9]\d*)/\1 (?:shards|files|tasks|parts|trials|runs|jobs)\b|\bmodel ready\b|"
    rb"\b[1-9]\d{0,9} (?:out )?of \d{1,9} (?:\w{1,30} )?(?!failed|skipped|rejected|missed)"
    rb"\w{1,30}ed\b|"
    rb"^[^\w\n]*(?:\[\w+\] )?success\b|\b(?:training|evaluation) (?:is )?(?:ok|done)\b|"
    rb"^[^\w\n]*(?:best|final|test|val\w*|mean|cv)?[ _]?(?:accuracy|acc|auc|f1|rmse|mae|mse|r2|"
    rb"score|best|perplexity)\b[^\n]{0,80}?(?<![\w.])\d+\.\d+[^\w\n]*$|"
    rb"\b(?:server|application) (?:is running|startup complete)|\breport written\b"
)
_LAST_BYTES = 8 << 10
_PROGRESS = re.compile(
    r"(?i)\d%\||it/s|s/it|\bloss\b[ '\":=()]*[\d.]|\b(?:epoch|step|iter(?:ation)?)\b[ #:=\[]*\d"
)
_AT_BEGINNING = re.compile(r"(?<!\d)0%\|.{0,300}\b0/\d")
_ENDED_WELL = re.compile(
    r"(?i)train_runtime|\btrain metrics\b|(?<!\bnot )\b(?:training|finetuning|fine-tuning|run|"
    r"job) (?:is )?(?:complete|completed|finished|done|succe)|\b(?:saved?|wrote|written|"
    r"saving)\b(?!.{0,20}\bconfig).{0,80}\b(?:model|adapter|checkpoint|weights|\.safetensors|\.pt\b|\.bin\b)|(?:model|"
    r"adapter|checkpoint|weights)\b.{0,60}\b(?:saved|written)|\b(?:study|search|sweep|"
    r"tuning) (?:is )?(?:finished|done|complete)|\bBest \w{1,80} So Far: |\bBest result\b|"
    r"\([1-9]\d* TERMINATED\)$|\bcompleted after \d+ iterations|^\W*(?:done|finished|all done|"
    r"success|completed)\b|exit(?:ed|ing)? (?:with )?(?:code |status )?0\b|"
    r"\btraining "
    r"(?:abgeschlossen|beendet|fertig)|\bmodell\b(?!.{0,60}\bnicht\b).{0,60}\bgespeichert|训练(?:已|"
    r"全部)?(?:完成|结束|完毕)|(?:已|成功)保存|保存(?:到|至|成功|完成|完毕)"
)
_WENT_ON_PURPOSE = re.compile(
    r"(?i)\b(?:retry(?:ing)?|continuing|going on|skipp(?:ed|ing)|ignor(?:ed|ing)|falling back|"
    r"fallback|without it|instead|recovered|proceeding|resuming|übersprungen|ignoriert)\b|跳过|忽略"
)
_FAREWELL = re.compile(
    r"(?i)\W*(?:(?:all|the|this) )?(?:training|fine-?tuning|run|job|script|process|program|"
    r"experiment)?(?: \S{1,40})? ?(?:is |has |was )?(?:now )?(?:ended|finished|done|over|stopped|"
    r"completed?|exited)\b(?!.*\b(?:success|saved|written|wrote|best|accuracy|score|loss))|训练(?:已|全部)?(?:完成|结束|完毕)"
)
"""That something is over, in whatever way it ended."""
_SAVES = re.compile(r"(?i)\bsav(?:ed?|ing)\b|\bwr(?:itten|ote)\b|保存")
_SURVIVORS_PRINT = 8  # lines of progress
_NOT_ON_PURPOSE = re.compile(r"(?i)\bdeprecat|\bwill be removed\b|^\W*Exception ignored ")
_EXCEPTION = re.compile(r"\b[A-Z]\w*(?:Error|Exception)\b ?[:(]")
_WENT_ON = 2
_FRACTION = re.compile(r"(?<![\d./-])(?P<done>\d{1,9})/(?P<total>\d{1,9})(?![\d./-])")
_LOSS = re.compile(
    r"(?i)(?<![a-z_])(?P<whole>train_)?(?:(?:av[gr]|mean|total)_)?(?:loss(?:_(?!scale)\w{1,30})?\b|verlust\b|"
    r"损失)['\"]?\s*+[:=]?\s*+['\"(]?\s*+(?P<value>nan|[-+]?inf(?:inity)?|"
    r"[-+]?\d+(?:\.\d*)?(?:e[-+]?\d+)?)(?![\w?])"
)
_NO_GRADIENT = re.compile(r"(?i)\bgrad_norm\b['\"]?\s*+[:=]\s*+['\"]?nan\b")


def trained(log: Log) -> bool:
    """Whether its beginning or its end shows a loss, steps, something saved, or work done."""
    size = len(log)
    if _WORK_DONE.search(log[max(0, size - _LAST_BYTES) :]):
        return True
    for start in {0, max(0, size - _CHUNK), max(0, size // 2 - _CHUNK // 2)}:
        chunk = log[start : start + _CHUNK].lower()
        if _TRAINED.search(chunk) or _tells_of_saving(chunk):
            return True
    return False


def _tells_of_saving(chunk: bytes) -> bool:
    """Whether a line says of a model or a file that it was saved."""
    for found in islice(_SAVED.finditer(chunk), _SAVES_LOOKED_AT):
        start = max(found.start() - _BEFORE_SAVED, chunk.rfind(b"\n", 0, found.start()) + 1)
        if _WHAT_IS_SAVED.search(chunk, start, found.end()):
            return True
    return False


def _after(log: Log, offset: int) -> list[Line]:
    near = min(len(log), offset + _NEAR)
    lines = lines_between(log, offset, near, _SAID, _MOST_LINES)[1:]
    floor = max(offset + _NEAR, len(log) - _NEAR)
    if floor < len(log):
        lines += lines_between(log, floor, len(log), _SAID)[1:][-_MOST_LINES:]
    lines = list(takewhile(lambda line: not is_asked(line.text), lines))
    said = [line for line in lines if line.text.strip() and not is_picture(line.text)]
    return [line for line in said if not is_native(line.text)]


def lines_after(log: Log, offset: int) -> int:
    """How many lines that say something follow (counted near it and at the end only)."""
    return len(_after(log, offset))


def progress_after(log: Log, offset: int) -> int:
    """How many lines of training progress follow."""
    return sum(1 for line in _after(log, offset) if _PROGRESS.search(line.text))


def shows_progress(text: str) -> bool:
    """Whether a line shows that the training goes on."""
    return bool(_PROGRESS.search(text[:2000]))


def went_on_purpose(text: str) -> bool:
    """Whether a line says of what went wrong that the program goes on without it."""
    said = text[:500]
    return bool(_WENT_ON_PURPOSE.search(said)) and not _NOT_ON_PURPOSE.search(said)


def since_progress(lines: list[Line]) -> list[Line]:
    """The lines after the last one that shows progress: what was before it was got over."""
    shown = (n for n in range(len(lines) - 1, -1, -1) if _PROGRESS.search(lines[n].text[:2000]))
    return lines[next(shown, -1) + 1 :]


def went_on_without(log: Log, offset: int, lane: str) -> bool:
    """Whether others went on after an uncaught exception, on purpose or to a good end."""
    after = _of_lane(_after(log, offset), lane)
    return any(went_on_purpose(line.text) for line in after[:2]) or _go_on(after)


def went_on(log: Log, offset: int, lane: str = "") -> bool:
    """Whether the training went on after this offset, or came to a good end."""
    return _go_on(_of_lane(_after(log, offset), lane))


def _go_on(after: list[Line]) -> bool:
    """Whether these lines show progress, or tell of a good end.

    That something is over is none, unless there is progress too: what failed may be over as well.
    """
    shown = list(islice(filter(_advances, after), 2))
    ends = [line for line in after if _ENDED_WELL.search(line.text[:_SAID])]
    well = (shown or not _FAREWELL.match(without_prefix(line.text[:500])) for line in ends)
    return len(shown) > 1 or any(well)


def _advances(line: Line) -> bool:
    """Whether a line shows progress, and no bar that is still at its beginning."""
    return bool(_PROGRESS.search(line.text)) and not _AT_BEGINNING.search(line.text)


def _of_lane(lines: list[Line], lane: str) -> list[Line]:
    """The lines without those of the job's other processes, if only few of these show progress.

    Who survives another's end prints a little more until it notices. torch marks only exceptions
    by their rank: whose the other lines are nobody knows.
    """
    tag = tag_of(lane)
    if not tag:
        return lines
    alone = tag.startswith(("[rank", "[default"))
    others = [(said := tag_of(line.text)) != tag and bool(said or alone) for line in lines]
    shown = sum(1 for line in compress(lines, others) if _PROGRESS.search(line.text))
    if shown > _SURVIVORS_PRINT or (lines and _came_to_its_end(lines[-1].text)):
        return lines
    return [line for line, is_other in zip(lines, others, strict=True) if not is_other]


def _came_to_its_end(text: str) -> bool:
    """Whether a line says of the whole job, and not of a checkpoint, that it ended well."""
    return bool(_ENDED_WELL.search(text[:_SAID])) and not _SAVES.search(text[:_SAID])


def ended_well(lines: list[Line]) -> bool:
    """Whether one of the last lines says that the training came to its end."""
    return any(_ENDED_WELL.search(line.text) for line in lines[-30:])


def broke_off(lines: list[Line]) -> bool:
    """Whether the last progress printed was not the end of what there was to do."""
    for line in reversed(lines[-5:]):
        counts = [(int(m["done"]), int(m["total"])) for m in _FRACTION.finditer(line.text[-500:])]
        counts = [(done, total) for done, total in counts if 1 < total and done <= total]
        if counts:
            return all(done < total - 1 for done, total in counts)
    return False


def losses(lines: list[Line]) -> list[tuple[float, Line]]:
    """Every training loss that these lines print; that of the whole training comes first."""
    found: list[tuple[float, Line]] = []
    for line in lines:
        match = _LOSS.search(line.text[:4000])
        if match is not None:
            value = float(match["value"])
            if not value and _NO_GRADIENT.search(line.text[:4000]):
                value = math.nan
            found.insert(0 if match["whole"] else len(found), (value, line))
    return found


def _without_survived(lines: list[Line]) -> list[Line]:
    """The lines without those that tell of an exception, if more was printed after the last."""
    told = [bool(_EXCEPTION.search(line.text[:4000])) for line in lines]
    after = told[::-1].index(True) if True in told else 0
    if after < _WENT_ON:
        return lines
    return [line for line, is_told in zip(lines, told, strict=True) if not is_told]


def not_finite(lines: list[Line]) -> list[Line]:
    """The lines whose loss is NaN or infinite, if the last loss printed is one of them.

    A loss that is told of as skipped does not count beside others.
    """
    lines = _without_survived(lines)
    kept = losses([line for line in lines if not _WENT_ON_PURPOSE.search(line.text[:4000])])
    seen = kept or losses(lines)
    if not seen or math.isfinite(seen[-1][0]):
        return []
    return [line for value, line in seen if not math.isfinite(value)]
