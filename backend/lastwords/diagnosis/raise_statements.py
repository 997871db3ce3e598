"""How many lines a message has, told by the line of code that raised it.

Python prints no mark after a message's last line. The last frame shows the statement that raised:
where that holds the message's text (`raise ValueError(f"bad row {n}\\nsee {path}")`), its line
breaks are known, and nothing that follows can be mistaken for a part of it.

Covered: literals, f-strings, `%` and `.format` in raise and assert; what Python itself raises.
Not covered: values put into the text that hold line breaks of their own, unless the end of the
text is still to come.
"""

import ast
import re
from functools import lru_cache
from typing import Literal

Extent = int | Literal["open", "unknown"]

_STATEMENT = re.compile(r"^(?:raise|assert)\b")
_LONGEST = 4000
_DEEPEST = 50  # texts put together in one statement
_FIELD = re.compile(r"%(?:\(\w+\))?[-#0 +]*+\d*+(?:\.\d+)?[a-zA-Z]|\{[^{}\n]{0,60}\}")
_BY_PYTHON = re.compile(
    r"^(?:TypeError|KeyError|IndexError|AttributeError|NameError|UnboundLocalError|"
    r"ZeroDivisionError|FileNotFoundError|PermissionError|IsADirectoryError|NotADirectoryError|"
    r"FileExistsError|ModuleNotFoundError|UnicodeDecodeError|UnicodeEncodeError|StopIteration|"
    r"MemoryError|RecursionError|EOFError|ConnectionRefusedError|ConnectionResetError|"
    r"BrokenPipeError|TimeoutError|KeyboardInterrupt|OverflowError|OSError|ValueError|"
    r"json\.decoder\.JSONDecodeError|sqlite3\.\w+)$"
)
_OFTEN_RAISED = ("ValueError", "TypeError", "OSError", "TimeoutError", "FileNotFoundError")
_GOES_ON = tuple(":,([{")


def extent(statement: str, own: bool, type_name: str, first: str) -> Extent:
    """The number of lines of a message; "open" where it may have any, "unknown" where only the
    words of its lines can tell.

    statement: the code of the last frame, empty where none was printed; own: it is no library's;
    first: the message's first line.
    """
    if not statement:
        raised_by_code = type_name in _OFTEN_RAISED or not _complete(type_name, first)
        return "open" if own and raised_by_code else "unknown"
    if not _STATEMENT.match(statement):
        return 1 if _complete(type_name, first) else "unknown"
    text = _template(statement)
    if text is None:
        return "open" if _parses(statement) else "unknown"
    rows = text.rstrip().split("\n")
    if not _fits(rows[0], first):
        return "unknown"
    return len(rows) if len(rows) > 1 or _ends_in_words(rows[-1]) else "unknown"


def _complete(type_name: str, first: str) -> bool:
    """Messages of Python itself have one line."""
    return (
        bool(_BY_PYTHON.match(type_name)) and bool(first) and not first.rstrip().endswith(_GOES_ON)
    )


def _fits(row: str, first: str) -> bool:
    """Whether the first line printed is this row with its fields filled."""
    begin, *pieces = row.split("\0")
    said = first.rstrip()[:_LONGEST]
    if not pieces:
        return said == begin
    at = len(begin)
    for piece in pieces[:-1]:
        found = said.find(piece, at)
        if found < 0:
            return False
        at = found + len(piece)
    end = pieces[-1]
    return said.startswith(begin) and said.endswith(end) and at <= len(said) - len(end)


def _ends_in_words(row: str) -> bool:
    return len(row.rpartition("\0")[2].strip()) > 0 or "\0" not in row


def _parses(statement: str) -> bool:
    return _parsed(statement) is not None


@lru_cache(maxsize=64)
def _parsed(statement: str) -> ast.stmt | None:
    if len(statement) > _LONGEST:
        return None
    try:
        return ast.parse(statement).body[0]
    except (SyntaxError, ValueError, RecursionError, MemoryError, IndexError):
        return None


def _template(statement: str) -> str | None:
    """The text of the message with \\0 for each value that is put into it; None if not shown."""
    parsed = _parsed(statement)
    if isinstance(parsed, ast.Assert):
        return _text(parsed.msg) if parsed.msg is not None else ""
    if isinstance(parsed, ast.Raise) and isinstance(parsed.exc, ast.Call):
        arguments = parsed.exc.args
        if len(arguments) == 1 and not parsed.exc.keywords:
            return _text(arguments[0])
    return None


def _text(node: ast.expr, depth: int = 0) -> str | None:
    if depth > _DEEPEST:
        return None
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else None
    if isinstance(node, ast.JoinedStr):
        pieces = (_text(part) if isinstance(part, ast.Constant) else "\0" for part in node.values)
        return "".join(piece or "" for piece in pieces)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        left, right = _text(node.left, depth + 1), _text(node.right, depth + 1)
        return None if left is None and right is None else f"{left or chr(0)}{right or chr(0)}"
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod):
        return _with_fields(_text(node.left, depth + 1))
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        said = _text(node.func.value, depth + 1) if node.func.attr == "format" else None
        return _with_fields(said)
    return None


def _with_fields(text: str | None) -> str | None:
    return _FIELD.sub("\0", text) if text is not None else None
