"""The words of plain speech, and how two of them make a rule: a thing, and what is wrong with it.

Asked only where no other rule knows the failure. Each needs both halves in one line, the thing
and the complaint, so that neither word alone decides.
"""

from collections.abc import Callable, Iterable

from lastwords.diagnosis.case import Case
from lastwords.diagnosis.rules.advice import Values
from lastwords.diagnosis.rules.rule import Rule

NOT_BY_PYTHON = (
    r"^(?!(?:\w+\.)*(?:KeyError|TypeError|AttributeError|IndexError|NameError|UnboundLocalError|"
    r"ZeroDivisionError|RecursionError|SyntaxError|IndentationError|NotImplementedError|"
    r"StopIteration)$)"
)
DATABASE = r"\bdatabase\b|\bsqlite\w*\b|\.(?:db|sqlite3?)\b|\btable\b"
WEIGHTS = (
    r"\b(?:model|checkpoint|weights?|adapter|tokenizer|safetensors|state dict)s?\b|"
    r"\.(?:safetensors|gguf|bin|ckpt|pth?)\b|adapter_config|\b(?:config|tokenizer)\.json\b|"
    r"\bresume_from\w*"
)
ROWS = (
    r"\b(?:data|data ?set|corpus|split|rows?|examples?|samples?|records?|lines?|labels?|documents?|"
    r"conversations?|shards?|pairs?|batch(?:es)?|texts|prompts|questions|queries|suggestions|"
    r"images)\b|(?<!config)\.(?:jsonl?|csv|tsv|parquet|arrow|txt)\b"
)
FIELD = (
    r"\b(?:row|record|line|example|sample|column|field|label|entry|timestamp|csv|jsonl?|schema|"
    r"role|header|suggestion|turn|annotation)s?\b|\b\w+\[\d+\]|\b(?:score|value|answer|parquet|"
    r"annotation|preference)s?\b|\bpair \d+|(?<!config)\.(?:jsonl?|csv|tsv|parquet|txt)\b"
)
GPU = (
    r"\b(?:gpus?(?!-\w)|cuda(?::\d+)?|device_count|vram|nvidia|rocm|accelerators?|device \d|card)\b"
)
ABSENT = (
    r"missing|not found|not (?:be )?(?:located|there|present)|n[o']t exist|do(?:es)?n't exist|"
    r"absent|no such|(?:could not|cannot|can't|unable to|failed to) (?:find|locate)|neither|^no\b|"
    r"not (?:been )?created|not a valid model|\bno \S+\.json\b|(?:points? to|is) nothing|"
    r"nothing (?:at|there|in)\b|"
    r"\bno (?:usable |valid |saved |such )?(?:database|model|checkpoint|adapter|weights|tokenizer)"
)
DENIED = (
    r"permission|denied|read-only|not (?:writ(?:e)?able|readable|writable|allowed to)|(?:cannot|"
    r"can't|could not|unable to) (?:write|create|read|open)|no (?:write )?(?:access|rights)"
)
DAMAGED = (
    r"truncated|damaged|corrupt\w*|garbled|checksum|sha256|integrity|bad header|incomplete|"
    r"(?:cannot|could not|failed to) (?:be )?(?:load(?:ed)?|read|open(?:ed)?|pars(?:e|"
    r"ed))\b[^\n]{0,60}"
    r"(?:header|end of|eof|format|bytes)|unexpected (?:end|eof)|cannot be (?:loaded|read|opened)|"
    r"\bbroken\b|deserialize|git-?lfs|pointer file|appears? to be|only \d+ (?:bytes|kb)|header too|"
    r"hash[^\n]{0,40}(?:differs?|mismatch\w*|wrong)|half[- ]written|zero bytes|0 bytes|cut (?:off|"
    r"short)|is not an? \w+ (?:database|file)|invalid header|unreadable"
)
NOT = (
    r"\bno\b|\bnone\b|\bnot\b|n't\b|cannot|missing|requires?d?\b|\bneed(?:s|ed)?\b|\bonly\b|"
    r"invalid|unknown|unsupported|fail\w*|wrong|\bbad\b|\b0\b|refus\w*|denied|\blost\b|exceed\w*|"
    r"\blimit\b|\bout of\b|\btoo \w+|mismatch\w*|\bmust\b|\bshould\b|conflict\w*|lack\w*|"
    r"unavailable|disappear\w*|\bdied\b|crash\w*|broken|timed? ?out|expired?|reject\w*|disabled|"
    r"forbidden|unexpected|differs?|aborted|gave up|giving up|interrupted"
)
AMOUNT = r"\d+(?:\.\d+)? ?(?:[kKMGT]i?B|bytes)\b"


def both(thing: str, complaint: str) -> str:
    """The two in one line, in either order, with little between them."""
    return rf"(?>{thing})[^\n]{{0,100}}?(?:{complaint})|(?>{complaint})[^\n]{{0,100}}?(?:{thing})"


def told(
    cause: str,
    name: str,
    messages: Iterable[str],
    unless: str = "",
    fill: Callable[[Values, Case], Values] | None = None,
) -> Rule:
    """A rule for plain words; all that is said of it is said of its cause."""
    return Rule(
        name=f"told-{name}",
        cause=cause,
        says="(?im)" + "|".join(f"(?:{saying})" for saying in messages),
        types=NOT_BY_PYTHON,
        unless=f"(?i){unless}" if unless else "",
        weak=True,
        plain=True,
        fill=fill,
    )
