"""What a failure names: paths, packages, hosts, flags. Advice fills its placeholders from here.

A value is empty where the log does not name it; an advice that needs it is then not given.
"""

import re
from collections.abc import Callable

from lastwords.diagnosis.case import Case
from lastwords.diagnosis.explanation import Frame
from lastwords.diagnosis.rules import packages, suggestions
from lastwords.diagnosis.rules.endpoints import busy_port, collectives_in, service_in
from lastwords.diagnosis.rules.redirections import redirected
from lastwords.diagnosis.traceback_syntax import readable

_HEAD = 64 << 10
_QUOTED = re.compile(r"(?:r?b?)(['\"])(?P<path>(?:(?!\1)[^\n]){1,400})\1")
_LOOKS_LIKE_PATH = re.compile(r"[\\/]|^~|\.\w{1,12}$")
_OF_SYSTEM = re.compile(r"\[(?:Errno|WinError) \d+\]|os error \d+|No such file|denied|Errno::")
_PLAIN = re.compile(
    r"(?<![\w./~:@-])(?!I/O\b)(?P<path>(?:~|\.{1,2}|[\w.@+-]+)?/[\w./@+-]+|[A-Za-z]:\\[\w\\. -]+)"
)
_OPENED = re.compile(r"<_io\.\w+ name='(?P<path>[^'\n]{1,400})'")
_GIVEN = re.compile(r"\b(?:filepath|path|filename|file)=([\w./\\:~-]+)")
_OF_THIS_MACHINE = re.compile(
    r"'[^'\s]*[\\/][^']*'|(?:[A-Za-z]:)?(?<!\w)[\w.~-]*[\\/][\w.\\/@+-]+|0x[0-9a-fA-F]+"
)
_LOG_IS_IN = re.compile(r"\blogs? (?:is|are|file) (?:in|at) (?P<path>\S+\.log)\b")
_CRASH = re.compile(
    r"Segmentation fault|Bus error|Illegal instruction|(?i:floating.point exception)"
)
_LONGEST_HEADLINE = 2_000  # characters that are looked at
_FLAG = (
    r"(?<![\w-])(?P<flag>--?[a-zA-Z][\w.-]*{word}[\w.-]*|{word}[\w.]*)[= ]"
    r"(?P<value>\d{{1,7}})(?![\w.])"
)
_BATCH = re.compile(
    r"(?i)(?:per[_-]device[_-]train[_-]batch[_-]size|train[_-]batch[_-]size|batch[_-]size|"
    r"\bbatch)[\"']?[ \t]*[=:]?[ \t]*(?P<size>\d{1,5})\b"
)
_OF_MODELS = (
    r"(?:\w*config|tokenizer|vocab|special_tokens_map|\w*_state|\w+(?:\.\w+)?\.index)\.json"
)
FILE = re.compile(
    rf"(?P<file>(?<![\w./~@+-])(?![\w./~@+-]*?(?<![\w-]){_OF_MODELS}\b)"
    r"[\w./~@+-]*[\w-]\.(?:(?:jsonl?|csv|tsv|parquet|arrow|txt|ndjson|xml|tar)"
    r"(?:\.(?:gz|xz|bz2|zst))?|gz|xz|bz2|zst|zip|pkl|np[yz]|msgpack))\b"
)
_DATABASE = re.compile(r"[\w./~@+-]*[\w-]\.(?:db|sqlite3?|sdb|duckdb|l?mdb)\b")
_LOADED = re.compile(r"from_pretrained\(\s*[furb]*['\"](?P<model>[\w./-]+)['\"]")
_CONFIG = re.compile(
    rf"(?<![\w./~@+-])(?![\w./~@+-]*?[\w-]/{_OF_MODELS}\b)[\w./~@+-]*[\w-]"
    r"\.(?:ya?ml|json|toml|ini|cfg)\b"
)
_SETTING = re.compile(
    r"(?<![\w-])--[a-zA-Z][\w-]+|`[\w.]+`|'[a-z]\w*_\w+'|(?<![\w/\\.])[a-z]+(?:_[a-z\d]+)+\b(?!\.\w"
    r"|[/\\])|\b(?:learning rate|batch size|optimizer|scheduler)\b"
)
_NATIVE = re.compile(
    r"[/\\](?:site|dist)-packages[/\\](?P<top>[\w-]+)(?:\.[\w-]+)*(?:[/\\][^\n:'\"]*?)?"
    r"\.(?:so|pyd|dll|dylib)\b"
)
_EXTENSION = re.compile(
    r"(?:DLL load failed while importing|building extension|load (?:the )?extension|importing) "
    r"['\"]?(?P<name>[\w.]+)['\"]?"
)
_OWN_SO = re.compile(r"(?P<name>[\w+-]+?)(?:\.(?:cpython|abi3|cp3)[\w.-]*)?\.(?:so|pyd)\b")
_MODULE = re.compile(r"-packages[\\/]+(\w+)")  # a module that is installed, by its file
_NOT_AT_FAULT = frozenset("torch nvidia lib".split())
_SHOWN_AT_MOST = 4


def path_in(case: Case) -> str:
    """The path that the message names: whole, with its first folder if it is relative."""
    texts = [part.said for part in reversed(case.parts)] or [case.said]
    for text in texts:
        opened = _OPENED.search(text)
        if opened is not None:
            return opened["path"]
        of_system = bool(_OF_SYSTEM.search(text))
        for found in _QUOTED.finditer(text):
            if _LOOKS_LIKE_PATH.search(found["path"]) or of_system:
                if "://" not in found["path"] and len(found["path"]) < 300:
                    return found["path"].replace("\\\\", "\\")
        given = _GIVEN.search(text)
        if given is not None:
            return given[1].rstrip(".")
        plain = _PLAIN.search(text)
        if plain is not None:
            return plain["path"].rstrip(".")
    return ""


def _assertion(case: Case) -> str:
    """The check that failed, where it is the last line of code shown."""
    sources = [source for part in case.parts[-1:] for source in part.sources]
    return sources[-1].strip()[:200] if sources and sources[-1].startswith("assert") else ""


def _crash(case: Case) -> str:
    """The fault of native code that the headline states, as `segmentation fault`."""
    found = _CRASH.search(case.report.headline) if case.report is not None else None
    return found[0].lower() if found else ""


def _bare_assertion(case: Case) -> str:
    return "" if any(part.said for part in case.parts[-1:]) else _assertion(case)


def folder_of(path: str) -> str:
    """The folder that holds a path; the working directory for a bare name."""
    head = re.match(r"(?s)(.*)[\\/][^\\/]", path)
    return (head[1] or "/") if head is not None else "."


def frame_in(case: Case) -> Frame | None:
    """The user's frame, else the deepest one that the traceback shows."""
    if case.user_frame is not None:
        return case.user_frame
    frames = [frame for part in case.parts for frame in part.frames]
    return frames[-1] if frames else None


def code_in(case: Case) -> str:
    """The line of code at the user's frame, where the traceback shows it."""
    wanted = frame_in(case)
    shown = (
        code
        for part in reversed(case.parts)
        for frame, code in zip(part.frames, part.sources, strict=False)
        if frame == wanted and code
    )
    return next(shown, "").strip()[:200]


def libraries_in(case: Case) -> str:
    """The packages whose code is in the traceback, the deepest first, as pip knows them."""
    files = [frame.file for part in case.parts for frame in part.frames[-60:]]
    tops = [found[1] for file in reversed(files) if (found := _MODULE.search(file))]
    return " ".join(
        list(dict.fromkeys(filter(None, map(packages.of_module, tops))))[:_SHOWN_AT_MOST]
    )


def package_at_fault(case: Case) -> str:
    """The package whose compiled part fails: named in the message, else the deepest called."""
    said = case.said
    own = [found["top"] for found in _NATIVE.finditer(said)]
    own += [found["name"].split(".")[0] for found in _EXTENSION.finditer(said)]
    own += [found["name"] for found in _OWN_SO.finditer(said)]
    for name in own:
        pip = packages.of_compiled(re.split(r"\.(?:cpython|abi3|cp\d)", name)[0])
        if pip and pip not in _NOT_AT_FAULT and not pip.startswith("lib"):
            return pip
    shown = [name for name in libraries_in(case).split() if name not in ("torch", "numpy")]
    return shown[0] if shown else ""


def flag_in(case: Case, word: str) -> tuple[str, int] | None:
    """A flag of the command line that the log shows, with its number: `--batch-size`, 32."""
    head = bytes(case.log[:_HEAD]).decode("utf-8", "replace")
    lines = (line for line in head.splitlines() if len(line) < 4000)
    for line in lines:
        if re.search(
            r"(?:^|[\s/])(?:python\d?|torchrun|accelerate|deepspeed|yolo|\S+\.(?:py|sh))\b", line
        ):
            found = re.search(_FLAG.format(word=word), line)
            if found is not None:
                return found["flag"], int(found["value"])
    return None


def batch_in(case: Case) -> int | None:
    """The batch size that the run was given, or that its log names."""
    for name in ("batchSize", "batch_size", "per_device_train_batch_size"):
        value = case.ending.facts.get(name)
        if isinstance(value, int) and value > 0:
            return value
    head = readable(bytes(case.log[:_HEAD]).decode("utf-8", "replace"), _HEAD)
    found = _BATCH.search(head)
    return int(found["size"]) if found is not None else None


def _half_of_batch(case: Case) -> str:
    batch = batch_in(case)
    return str(batch // 2) if batch is not None and batch > 1 else ""


def _halved(word: str) -> Callable[[Case], str]:
    def halved(case: Case) -> str:
        found = flag_in(case, word)
        if found is None or found[1] < 2:
            return ""
        flag, value = found
        return f"{flag} {value // 2}" if flag.startswith("-") else f"{flag}={value // 2}"

    return halved


def _frame_place(case: Case) -> str:
    """The user's frame; where only a library's are shown, the call that nobody can look up."""
    if case.user_frame is not None:
        return case.user_frame.place
    frames = [frame for part in case.parts[-1:] for frame in part.frames]
    called = (_MODULE.search(frame.file) for frame in frames)
    return next((f"the call of {found[1]}" for found in called if found), "") or (
        frames[-1].place if frames else ""
    )


def _function(case: Case) -> str:
    frame = frame_in(case)
    return frame.function if frame is not None and frame.function != "<module>" else ""


def _words(case: Case) -> str:
    """What to search for: the headline without what is only of this machine."""
    text = _OF_THIS_MACHINE.sub("", case.headline[:_LONGEST_HEADLINE]).replace('"', "")
    return re.sub(r"\s+", " ", text).strip(" :,")[:120] if " " in text.strip() else ""


def _library(case: Case) -> str:
    found = re.search(r"lib[\w.+-]+\.so[\w.]*", case.said)
    return found[0] if found is not None else ""


def _job(case: Case) -> str:
    """The number of the Slurm job."""
    found = re.search(r"(?i)\bJOB (\d{2,})|StepId=(\d+)|\bSTEP (\d+)\.", case.tail_text[-8000:])
    return next(filter(None, found.groups()), "") if found is not None else ""


def _pid(case: Case) -> str:
    found = re.search(r"(?i)\bpid:? ?(\d{2,})", case.said)
    return found[1] if found is not None else ""


def _script(case: Case) -> str:
    frame = case.user_frame
    return frame.file if frame is not None and frame.file.endswith(".py") else ""


def _type(case: Case) -> str:
    return case.parts[-1].type.rpartition(".")[2] if case.parts else ""


def _missing(case: Case) -> str:
    """The path whose file is missing, and nothing where the message is of something else."""
    said = case.said
    missing = re.search(
        r"(?i)no such file|not exist|not found|can't find|cannot find|missing(?! \d+ req)",
        said,
    )
    return path_in(case) if missing else ""


def file_in(case: Case) -> str:
    """The data file that the message, or else the log, names."""
    found = FILE.search(case.said) or FILE.search(case.tail_text)
    return found["file"] if found is not None else ""


def _database(case: Case) -> str:
    given = str(case.ending.facts.get("dbPath") or "")
    found = _DATABASE.search(case.said) or _DATABASE.search(case.tail_text)
    return given or (found[0] if found is not None else "")


def model_in(case: Case) -> str:
    """The model that the run was given, or that its code names; empty where neither does."""
    given = str(case.ending.facts.get("baseModel") or "")
    sources = (source for part in case.parts for source in part.sources)
    found = (match["model"] for source in sources if (match := _LOADED.search(source)))
    return given or next(found, "")


def _config(case: Case) -> str:
    sources = [source for part in case.parts for source in part.sources]
    found = _CONFIG.search("\n".join([case.said, *sources, case.tail_text]))
    return found[0] if found is not None else ""


def _config_ending(*endings: str) -> Callable[[Case], str]:
    return lambda case: file if (file := _config(case)).endswith(endings) else ""


def _setting(case: Case) -> str:
    """The setting that the message is about."""
    found = _SETTING.search(case.said)
    return found[0].strip("`'\"") if found is not None else ""


def _named_log(case: Case) -> str:
    """The file that a runner's last line says the failed step wrote to."""
    found = _LOG_IS_IN.search(case.headline[:_LONGEST_HEADLINE])
    return found["path"] if found is not None else ""


def _problem(case: Case) -> str:
    """What exactly a check complains of, without its frills."""
    lines = [line.strip() for line in case.said.splitlines() if line.strip()]
    complaints = [line for line in lines if re.search(r"\[type=|error: (?!Value)", line)]
    text = complaints[0] if complaints else ""
    if not text and case.report is not None and case.report.kind == "usage":
        said = re.sub(r"^.*?\b[Ee]rror: ", "", case.headline)
        whole = " ".join(line.text.strip() for line in case.report.lines[:3])
        is_boxed = "╭" in whole or "│" in whole  # Click's and Typer's, by rich
        return (said if said != case.headline or is_boxed else whole)[:200]  # Hydra has no word
    at = lines.index(text) if text else 0
    field = lines[at - 1] if at > 1 and re.fullmatch(r"[\w.]+", lines[at - 1]) else ""
    text = re.sub(r"^.*?\berror: |^Value error, |\s*\[type=.*", "", text)
    return f"{field}: {text}"[:200] if field else text[:200]


NAMED: dict[str, Callable[[Case], str]] = {
    "file": file_in,
    "parent_of_file": lambda case: folder_of(file_in(case)),
    "database": _database,
    "database_folder": lambda case: folder_of(_database(case)) if _database(case) else ".",
    "model": model_in,
    "config": _config,
    "yaml": _config_ending("yml", "yaml"),
    "json": _config_ending("json"),
    "toml": _config_ending("toml"),
    "setting": _setting,
    "problem": _problem,
    "path": path_in,
    "folder": lambda case: folder_of(path_in(case)) if path_in(case) else "",
    "parent": lambda case: folder_of(path_in(case)).removeprefix("."),
    "missing": _missing,
    "frame": _frame_place,
    "function": _function,
    "code": code_in,
    "libraries": libraries_in,
    "fault": package_at_fault,
    "debian": lambda case: packages.of_library(_library(case)),
    "job": lambda case: _job(case),
    "host": lambda case: service_in(case).host,
    "port": lambda case: service_in(case).port,
    "url": lambda case: service_in(case).url,
    "assertion": _assertion,
    "bare_assertion": _bare_assertion,
    "crash": _crash,
    "redirected": redirected,
    "named_log": _named_log,
    "variable": suggestions.variable,
    "suggested": suggestions.code,
    "advised": suggestions.sentence,
    "meant": suggestions.meant,
    "busy": busy_port,
    "words": _words,
    "type": _type,
    "pid": _pid,
    "odd": collectives_in,
    "rank": lambda case: str(case.ranks.rank) if case.ranks is not None else "",
    "script": lambda case: _script(case),
    "per_device": _half_of_batch,
    "steps": lambda case: "2" if _half_of_batch(case) else "",
    "parts": lambda case: "2",
    "half_batch": _halved("batch"),
    "half_workers": _halved("workers"),
}
