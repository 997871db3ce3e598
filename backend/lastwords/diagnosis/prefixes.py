"""What launchers, loggers and container engines put before a line; none of it is in a headline."""

import re

_TIME = r"\d\d:\d\d:\d\d(?:[.,]\d+)?(?: ?[AP]M)?"
_DATE = r"\d{4}[-/]\d\d[-/]\d\d"
_TIMES = (
    # Each with a line that it was seen on.
    rf"\[?{_DATE}(?:[T _-]{_TIME}(?: ?(?:Z|UTC|[+-]\d\d:?\d\d))?)?\]?(?: ?[|:-](?= ))?",
    rf"\[?(?:{_TIME}|\d\d/\d\d(?:/\d{{2,4}})?[ -]{_TIME})\]?(?: ?[|:-](?= ))?",  # [02:07:08]
    r"\[?[EWIF]\d{3,4} \d\d:\d\d:\d\d(?:\.\d+)?(?: +\d+)? [\w./-]+:\d+\]",  # glog
    r"[A-Z][a-z]{2} +\d{1,2} \d\d:\d\d:\d\d [\w.-]+ [\w./-]+(?:\[\d+\])?:",  # syslog
    r"\[ *\d+\.\d{3,9}\](?= )",  # dmesg
    r"\[[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \d{4}\](?= )",  # dmesg -T
    r"\d+\.\d\d\.\d{3}\.\d{3} [DIWE](?= )",  # llama.cpp
    rf"(?:DEFAULT|INFO|WARNING|ERROR|CRITICAL)\t{_DATE} {_TIME} [+-]\d{{4}}\t[\w.-]+\t+",  # gcloud
)
_PREFIXES = (
    *_TIMES,
    r"\[(?:rank|default)(?:\d+|[A-Za-z]|\?)\]:?(?=\s|\[)|\[rank \d+\]:?",  # [rank3]:
    r"\d+: (?=\[|[A-Z]\w*(?:\.\w+)*(?:Error|Exception)\b)",  # srun --label
    r"\[\d+,\d+\]<std(?:err|out)>:",  # mpirun --tag-output
    r"\[\d{2,7}\](?= )",  # a process id
    r"\((?:[\w.<>-]+ )?(?:pid|ip)=[^)]{1,80}\)",  # Ray's (Worker pid=7719, ip=10.4.0.9)
    r"[\w.-]{1,60}[-_]\d+ +\|(?= |$)",  # docker compose
    r"\[pod/[^\]]{1,160}\]",  # kubectl logs --prefix
    r"##\[error\]",  # a CI runner's
    r"[A-Z]+:torch\.distributed\.[\w.]+:|torch\.distributed\.[\w.]+: \[[A-Z]+\](?= )",
    r"std(?:err|out):(?=\s)",  # what a test runner saw of the program that it started
    r"\[[A-Z]+\] \[\w+\.py:\d+:\w+\]",  # DeepSpeed's [ERROR] [launch.py:325:main]
    r"(?:INFO|WARNING|ERROR|CRITICAL) \d\d-\d\d \d\d:\d\d:\d\d \[[\w./]+:\d+\]",  # vLLM
    r"\[[EWIF] [\w./-]+:\d+\]",  # PyTorch's [E ProcessGroupNCCL.cpp:1182]
    r"\[[\w.-]{1,200}:\d{2,7}\](?= )",  # Open MPI's [host:pid]
    r"\([\w.-]+\.(?:sh|py):\d+:\w+\)",  # ESPnet's (asr.sh:306:main)
    r":\d:\w+\.cpp +:\d+ *: \d+ us: \d+: \[tid:0x[0-9a-f]+\]",  # ROCm's runtime
    r"[\w.-]{1,60}: (?=\[(?:rank|default)\d+\])",  # pdsh, a host before a rank
    r"\d{1,3}(?:\.\d{1,3}){3} \[\d+\](?=\s)",  # a TPU pod's host and its worker
    r">+ (?=[A-Z\[(\d]|(?:[a-z_]\w*\.)+[A-Z]\w*: )",  # an answer to a mail
    r"E {3}(?=(?:[a-z_]\w*\.)*[A-Z]\w*: )",  # pytest
    r"[DIWEF] [\w./-]+\.\w{1,4}:\d+\]",  # TensorFlow
    r"INFO:tensorflow:(?=\S)",
    r"(?:[a-z_][\w.]{1,120} - )?(?:ERROR|CRITICAL) - (?=\S)",  # logging's usual format
    r"ERROR [\w.]+\.py:\d+ -- ",  # Ray's
    r"#+ ?(?=(?:[a-z_]\w*\.)*[A-Z]\w*(?:Error|Exception): )",  # a comment in code
    r"!!! [\w ]{1,60} !!!",  # ComfyUI
)
_PREFIX = re.compile(rf"^\s*(?:\^C)?(?:{'|'.join(_PREFIXES)})\s*")
_TIME_FIRST = re.compile(rf"^\s*(?:{'|'.join(_TIMES)})")
_MARKS = tuple("*_~\"'“‘")
_DIGITS = re.compile(r"\d+")
_UNIT = re.compile(r"\[(?=[^\]\d]{0,80}\d)[^\]]{1,80}\]:? ?|\((?=[^)\d]{0,80}\d)[^)]{1,80}\):? ?")
_CLOCK = re.compile(r"\d\d:\d\d:\d\d")
_AT_MOST = 6
_OPENING = re.compile(r"[*_~\"'“‘]{1,4}(?=[^\s*_])")
_CLOSING = str.maketrans("“‘", "”’")
_QUOTED = re.compile(r"`[^`]+(?:(?<=[\s(\[\"'])`[^`]+`[^`]+)*`$")
_BAR = re.compile(
    r"[\d|] \[[\d:]{4,9}[<, ][^\]\n]{0,120}/(?:s|it)\b[^\]\n]{0,400}\]|\dit \[[^\]\n]{0,120}/s\]"
)
_BAR_AT_MOST = 2_000


def is_only_prefix(text: str) -> bool:
    """Whether a line holds a prefix and no words."""
    return bool(_PREFIX.fullmatch(text[:400]))


def starts_with_time(text: str) -> bool:
    """Whether a line was logged: it begins with the time, as loggers write it."""
    return bool(_TIME_FIRST.match(text[:400]))


def after_bar(text: str) -> str:
    """What was printed behind a progress bar that had not ended its line; else the line itself."""
    bar = _BAR.search(text[:_BAR_AT_MOST]) if "/s" in text or "/it" in text else None
    glued = text[bar.end() :] if bar is not None else ""
    return glued if glued[:1].strip() else text


def as_said(text: str) -> str:
    """The line without a bar that it was printed behind, and not as Markdown's bold."""
    text = after_bar(text)
    return without_marks(text) if text.startswith(_MARKS) else text


def without_marks(text: str) -> str:
    """The line without the marks or quotes around it, or around what it is the last of."""
    text = text.rstrip()
    opening = _OPENING.match(text)
    if opening is not None and (said := _within(opening[0], text)):
        return said
    if text.startswith("`") and _QUOTED.match(text):
        return text[1:-1].strip()
    if text.endswith("**") and text.count("**") == 1:
        return text[:-2]
    return text[:-1] if text.endswith("`") and text.count("`") % 2 else text


def _within(marks: str, text: str) -> str:
    """What stands between such marks; nothing where they are of its first and last word only."""
    closing = marks[::-1].translate(_CLOSING)
    said = text[len(marks) : -len(marks)]
    around = text.endswith(closing) and not any(mark in said for mark in {*marks, *closing})
    return said.rstrip() if around else ""


def shared_prefix(text: str, other: str) -> str:
    """What stands before this line's words and, but for its numbers, before another's too."""
    at = there = 0
    for _ in range(_AT_MOST):
        one, two = _UNIT.match(text, at, at + 200), _UNIT.match(other, there, there + 200)
        if one is None or two is None or _DIGITS.sub("0", one[0]) != _DIGITS.sub("0", two[0]):
            break
        at, there = one.end(), two.end()
    return text[:at] if text[at:].strip() and _CLOCK.search(text, 0, at) else ""


def without_prefix(text: str) -> str:
    """The line without what stands before its words: ranks, dates, process ids, containers."""
    text = without_marks(text)
    for _ in range(_AT_MOST):
        found = _PREFIX.match(text[:400])
        if found is None or not text[found.end() :].strip():
            break
        text = text[found.end() :]
    return text.strip()
