"""The messages that a library raises and that library_messages.txt does not have yet.

python scripts/library_messages.py FOLDER [FOLDER...]

Each FOLDER is an installed or unpacked package. Printed are its messages, `{}` for what is filled
in, each behind the exception and the file that raise it: to be judged, and put below their cause.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from lastwords.diagnosis.rules.library_messages import known_to_say

_FIELD = re.compile(r"\{[^{}]*\}")
_PERCENT = re.compile(r"%(?:\(\w+\))?[-+ #0]*\d*(?:\.\d+)?[sdrifgx]")
_WORD = re.compile(r"[A-Za-z]{2,}")
_NOT_THEIRS = re.compile(r"(?:^|/)(?:tests?|testing|examples?|docs?|_?vendor|third_party)(?:/|_)")
_WORDS_AT_LEAST = 4
_SHOWN = 120


def main(folders: Sequence[str]) -> int:
    """Print what is new in each folder."""
    if not folders:
        print(__doc__)
        return 2
    for folder in map(Path, folders):
        seen: set[str] = set()
        for file in sorted(folder.rglob("*.py")):
            name = file.relative_to(folder).as_posix()
            if _NOT_THEIRS.search(name):
                continue
            for exception, message in raised(file):
                if message not in seen and known_to_say(message) is None:
                    seen.add(message)
                    print(f"  {message}    # {exception}, {name}")
    return 0


def raised(file: Path) -> Iterator[tuple[str, str]]:
    """The name of each exception that a file raises with words of its own, and its message."""
    try:
        tree = ast.parse(file.read_text(encoding="utf-8", errors="replace"))
    except (SyntaxError, ValueError):
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call) and node.exc.args:
            exception, said = ast.unparse(node.exc.func), template(node.exc.args[0])
        elif isinstance(node, ast.Assert) and node.msg is not None:
            exception, said = "AssertionError", template(node.msg)
        else:
            continue
        text = re.sub(r"\s+", " ", said).strip()
        if len(text) > _SHOWN:
            text = text[:_SHOWN].rpartition(" ")[0]
        if len(_WORD.findall(text)) >= _WORDS_AT_LEAST:
            yield exception, text


def template(node: ast.expr) -> str:
    """The text that an expression makes, `{}` for what is not known before it runs."""
    match node:
        case ast.Constant(value=str() as text):
            return text
        case ast.JoinedStr(values=values):
            return "".join(map(template, values))
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return template(left) + template(right)
        case ast.BinOp(left=left, op=ast.Mod()):
            return _PERCENT.sub("{}", template(left))
        case ast.Call(func=ast.Attribute(value=value, attr="format")):
            return _FIELD.sub("{}", template(value))
        case ast.IfExp(body=body):
            return template(body)
    return "{}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
