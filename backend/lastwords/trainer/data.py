"""Examples from a SQLite table or a .jsonl file; the standard library is enough.

Covered: the newest rows of ask_ai_queries, read from one snapshot of a database that others write
to; .jsonl lines of three shapes; malformed rows are named with their row or line number and skipped
up to a limit; memory grows with the examples asked for, not with the rows there are.
Not covered: duplicates are counted and kept.
"""

import contextlib
import hashlib
import json
import math
import random
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

TABLE = "ask_ai_queries"
BUSY_SECONDS = 5.0
HALF = 0.5  # the malformed rows that are skipped, where nothing else is asked for
NAMED_ROWS = 10  # malformed rows that get their own log line


class EmptyDataset(Exception):
    """There are no examples to train on."""


class MalformedData(Exception):
    """The data has too many malformed rows, or another format."""


@dataclass(frozen=True)
class Message:
    """One turn of a conversation before the answer; role is system, user or assistant."""

    role: str
    content: str


@dataclass(frozen=True)
class Example:
    """A request, as the conversation so far, and the answer to learn."""

    request: tuple[Message, ...]
    answer: str


@dataclass
class Loaded:
    """The examples, and what was skipped; `malformed` names the first malformed rows."""

    examples: list[Example] = field(default_factory=list)
    malformed: list[str] = field(default_factory=list)
    malformed_count: int = 0
    unlabelled: int = 0
    duplicates: int = 0

    @property
    def skipped(self) -> int:
        """How many rows were read and not used."""
        return self.malformed_count + self.unlabelled

    @property
    def read(self) -> int:
        """How many rows were read."""
        return len(self.examples) + self.skipped


class _Malformed(Exception):
    """A row is malformed; the message says how."""


def load(
    db_path: Path | None, data_file: Path | None, limit: int, max_malformed: float = HALF
) -> Loaded:
    """Read up to `limit` examples from whichever of the two files is given.

    max_malformed: how many malformed rows are skipped; below 1, which part of the rows read.
    Raises: EmptyDataset; MalformedData, if there are more of them;
    FileNotFoundError and sqlite3's errors as they come.
    """
    if db_path is not None:
        place = _Place(f"table {TABLE} of {db_path}", "row", max_malformed)
        return _load(_rows(db_path), _from_row, limit, place)
    if data_file is not None:
        return _load(
            _lines(data_file), _from_line, limit, _Place(f"{data_file}", "line", max_malformed)
        )
    raise ValueError("no data: give a database or a .jsonl file")


@dataclass(frozen=True)
class _Place:
    """Where rows come from, what one is called, and how many may be malformed."""

    name: str
    unit: str
    max_malformed: float

    def check_malformed(self, loaded: Loaded, ended: bool) -> None:
        """Raises: MalformedData, for more malformed rows than may be skipped."""
        is_part = self.max_malformed < 1
        if is_part and not ended:
            return  # a part of the whole is known only at the end
        allowed = self.max_malformed * (loaded.read if is_part else 1)
        if loaded.malformed_count > allowed:
            words = _part(self.max_malformed) if is_part else f"{self.max_malformed:.0f}"
            raise MalformedData(
                f"{loaded.malformed_count} of {loaded.read} {self.unit}s of {self.name} are"
                f" malformed, and at most {words} may be (--max-malformed);"
                f" {'; '.join(loaded.malformed[:3])}"
            )


def _part(fraction: float) -> str:
    return "half" if fraction == HALF else f"{fraction:.0%}"


def _load(
    rows: Iterable[tuple[int, object]],
    convert: Callable[[object], Example | None],
    limit: int,
    place: _Place,
) -> Loaded:
    loaded = Loaded()
    seen: set[bytes] = set()
    for number, row in rows:
        try:
            example = convert(row)
        except _Malformed as error:
            _count_malformed(loaded, f"{place.unit} {number}: {error}")
            place.check_malformed(loaded, ended=False)
            continue
        if example is None:
            loaded.unlabelled += 1
            continue
        loaded.duplicates += _is_known(example, seen)
        loaded.examples.append(example)
        if len(loaded.examples) == limit:
            break
    _check(loaded, place)
    return loaded


def _count_malformed(loaded: Loaded, problem: str) -> None:
    loaded.malformed_count += 1
    if len(loaded.malformed) < NAMED_ROWS:
        loaded.malformed.append(problem)


def _is_known(example: Example, seen: set[bytes]) -> bool:
    digest = hashlib.blake2b(
        repr(example).encode("utf-8", "surrogatepass"), digest_size=16
    ).digest()
    known = digest in seen
    seen.add(digest)
    return known


def _check(loaded: Loaded, place: _Place) -> None:
    unit = place.unit
    if loaded.read == 0:
        raise EmptyDataset(f"no {unit}s in {place.name}")
    place.check_malformed(loaded, ended=True)
    if not loaded.examples:
        raise EmptyDataset(
            f"no labelled {unit}s in {place.name}: {loaded.unlabelled} read, none has an answer"
        )


def split(
    examples: list[Example], fraction: float, seed: int
) -> tuple[list[Example], list[Example]]:
    """The examples for training and those held out for validation, in their order.

    Examples of one request stay together, or validation would ask what was learnt by heart.
    """
    wanted = round(len(examples) * fraction)
    if not wanted:
        return examples, []
    requests = list(dict.fromkeys(example.request for example in examples))
    random.Random(seed).shuffle(requests)
    counts = Counter(example.request for example in examples)
    kept: set[tuple[Message, ...]] = set()
    size = 0
    for request in requests[:-1]:  # one at least is left to learn from
        if size + counts[request] <= wanted:
            kept.add(request)
            size += counts[request]
    return (
        [example for example in examples if example.request not in kept],
        [example for example in examples if example.request in kept],
    )


# --- SQLite ---------------------------------------------------------------------------------------


def _rows(path: Path) -> Iterator[tuple[int, object]]:
    """The table's rows, newest first, as (rowid, (original_query, suggestions))."""
    if not path.exists():
        raise FileNotFoundError(f"database {path} does not exist")
    address = f"{path.resolve().as_uri()}?mode=ro"
    with contextlib.closing(
        sqlite3.connect(address, uri=True, timeout=BUSY_SECONDS, isolation_level=None)
    ) as database:
        database.text_factory = bytes  # text of a foreign program need not be UTF-8
        database.execute("BEGIN")  # one snapshot for both: writers go on beside it
        # Sorting whole rows would copy the table to memory or a temporary file.
        numbers = database.execute(
            f"SELECT rowid FROM {TABLE} ORDER BY created_at DESC, rowid DESC"
        )
        for (rowid,) in numbers:
            row = database.execute(
                f"SELECT original_query, suggestions FROM {TABLE} WHERE rowid = ?", (rowid,)
            ).fetchone()
            yield rowid, row


def _from_row(row: object) -> Example | None:
    query, suggestions = row if isinstance(row, tuple) else (None, None)
    request = _column(query, "original_query")
    text = _column(suggestions, "suggestions")
    if text is None or not text.strip():
        return None
    answer = _best(_json(text, "suggestions"))
    if answer is None:
        return None
    if request is None or not request.strip():
        raise _Malformed("original_query is empty")
    return Example((Message("user", request.strip()),), answer)


def _column(value: object, name: str) -> str | None:
    if value is None:
        return None
    if not isinstance(value, bytes):
        raise _Malformed(f"{name} is {type(value).__name__}, not text")
    try:
        return value.decode()
    except UnicodeDecodeError as error:
        raise _Malformed(f"{name} is not UTF-8 ({error.reason} at byte {error.start})") from None


def _best(suggestions: object) -> str | None:
    """The description of highest confidence; the first of equals; None for an empty list."""
    if not isinstance(suggestions, list):
        raise _Malformed(f"suggestions is {_kind(suggestions)}, not a list of objects")
    best: tuple[float, str] | None = None
    for position, suggestion in enumerate(suggestions):
        confidence, description = _suggestion(suggestion, position)
        if description and (best is None or confidence > best[0]):
            best = (confidence, description)
    return best[1] if best else None


def _suggestion(suggestion: object, position: int) -> tuple[float, str]:
    where = f"suggestions[{position}]"
    if not isinstance(suggestion, dict):
        raise _Malformed(f"{where} is {_kind(suggestion)}, not an object")
    description = suggestion.get("description")
    confidence = suggestion.get("confidence")
    if not isinstance(description, str):
        raise _Malformed(f"{where}.description is {_kind(description)}, not text")
    if isinstance(confidence, bool) or not isinstance(confidence, int | float):
        raise _Malformed(f"{where}.confidence is {_kind(confidence)}, not a number")
    if not _is_finite(confidence):
        raise _Malformed(f"{where}.confidence is not a finite number")
    return float(confidence), description.strip()


def _is_finite(number: float) -> bool:
    try:
        return math.isfinite(number)
    except OverflowError:  # an integer of JSON may be longer than any float
        return False


# --- .jsonl ---------------------------------------------------------------------------------------


def _lines(path: Path) -> Iterator[tuple[int, object]]:
    """The file's lines that are not blank, numbered from 1, as bytes."""
    if not path.exists():
        raise FileNotFoundError(f"data file {path} does not exist")
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            if line.strip():
                yield number, line


def _from_line(line: object) -> Example | None:
    try:
        text = bytes(line).decode("utf-8-sig") if isinstance(line, bytes) else ""
    except UnicodeDecodeError as error:
        raise _Malformed(f"not UTF-8 ({error.reason} at byte {error.start})") from None
    row = _json(text, "the line")
    if not isinstance(row, dict):
        raise _Malformed(f"{_kind(row)}, not an object")
    if "messages" in row:
        return _from_messages(row["messages"])
    for request, answer in (("instruction", "response"), ("prompt", "completion")):
        if request in row or answer in row:
            return _from_pair(row, request, answer)
    raise _Malformed(
        "needs instruction and response, prompt and completion, or messages; has "
        + (", ".join(sorted(row)) or "no key")
    )


def _from_pair(row: dict[str, object], request: str, answer: str) -> Example | None:
    for key in (request, answer):
        if key not in row:
            raise _Malformed(f"missing key {key!r}; each line needs {request!r} and {answer!r}")
        if not isinstance(row[key], str):
            raise _Malformed(f"{key} is {_kind(row[key])}, not text")
    asked, answered = str(row[request]).strip(), str(row[answer]).strip()
    if not asked:
        raise _Malformed(f"{request} is empty")
    return Example((Message("user", asked),), answered) if answered else None


def _from_messages(turns: object) -> Example | None:
    """The turns before the last assistant's are the request, that turn is the answer."""
    if not isinstance(turns, list) or not turns:
        raise _Malformed(f"messages is {_kind(turns)}, not a list of turns")
    messages = [_message(turn, position) for position, turn in enumerate(turns)]
    while messages and messages[-1].role != "assistant":
        messages.pop()
    if not messages or not messages[-1].content:
        return None
    *request, answer = messages
    if not any(message.role == "user" for message in request):
        raise _Malformed("messages has no user turn before the answer")
    return Example(tuple(request), answer.content)


def _message(turn: object, position: int) -> Message:
    if not isinstance(turn, dict):
        raise _Malformed(f"messages[{position}] is {_kind(turn)}, not an object")
    role, content = turn.get("role"), turn.get("content")
    if role not in ("system", "user", "assistant"):
        raise _Malformed(f"messages[{position}].role is {role!r}, not system, user or assistant")
    if not isinstance(content, str):
        raise _Malformed(f"messages[{position}].content is {_kind(content)}, not text")
    return Message(str(role), content.strip())


def _json(text: str, what: str) -> object:
    try:
        return json.loads(text)
    except ValueError as error:
        raise _Malformed(f"{what} is not JSON ({error})") from None
    except RecursionError:
        raise _Malformed(f"{what} is JSON nested too deep to read") from None


def _kind(value: object) -> str:
    return "null" if value is None else f"a {type(value).__name__}"
