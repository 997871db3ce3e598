"""A worker in one file: the modules that it needs, by their imports, in a zip that Python runs.

Docstrings, comments and types are left out; what `standalone` can do without is not looked for.
"""

from __future__ import annotations

import ast
import zipfile
from collections.abc import Iterator
from pathlib import Path

PACKAGE = Path(__file__).parents[1]
_ROOTS = (
    "lastwords.cli.standalone",
    "lastwords.recording.entry",
    "lastwords.recording.whole_lines.sitecustomize",
    "lastwords.shipping.entry",
    "lastwords.surroundings.taking",
)
# A home without a database has no index, and nobody explains, masks, trains or places on a worker.
_WITHOUT = {
    f"lastwords.{name}"
    for name in """
        cli.clients cli.listing cli.terminal diagnosis.explaining diagnosis.masking executors.placed
        presentation.ci spec
    """.split()
}
_EMPTY = ("lastwords", "lastwords.cli", "lastwords.diagnosis")  # whose code names others
_MOMENT = (1980, 1, 1, 0, 0, 0)  # the same file from the same version
_MAIN = """\
import os, sys
if sys.version_info < (3, 11):
    sys.exit("lastwords: this needs Python 3.11 or newer, and is run by " + sys.version.split()[0])
sys.path[0] = os.path.abspath(sys.path[0])
from lastwords.cli.standalone import main
code = main(sys.argv[1:])
sys.stdout.flush()
os._exit(code)
"""


def write_archive(output: Path) -> int:
    """Write the worker; returns how large it is. Raises: OSError."""
    with zipfile.ZipFile(output, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, text in sorted(_files()):
            archive.writestr(zipfile.ZipInfo(name, _MOMENT), text, zipfile.ZIP_DEFLATED, 9)
    return output.stat().st_size


def _files() -> Iterator[tuple[str, str]]:
    yield "__main__.py", _MAIN
    needed = _needed()
    packages = {name.rpartition(".")[0] for name in needed} | {"lastwords"}
    for name in needed | packages:
        path = _path(name)
        if path is not None:
            text = "" if name in _EMPTY else _bare(path.read_text(encoding="utf-8"))
            yield str(path.relative_to(PACKAGE.parent)), text


def _needed() -> set[str]:
    """Every module that the roots import, wherever in it."""
    found: set[str] = set()
    waiting = list(_ROOTS)
    while waiting:
        name = waiting.pop()
        if name not in found and name not in _WITHOUT and (path := _path(name)):
            found.add(name)
            if name not in _EMPTY:
                waiting += _imported(ast.parse(path.read_text(encoding="utf-8")))
    return found


def _imported(tree: ast.AST) -> Iterator[str]:
    for node in _run(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            yield base
            yield from (f"{base}.{alias.name}" for alias in node.names)


def _run(tree: ast.AST) -> Iterator[ast.AST]:
    """All nodes but what only a checker of types reads."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            continue
        yield node
        yield from _run(node)


def _path(name: str) -> Path | None:
    """The file of a module of ours."""
    top, _, rest = name.partition(".")
    if top != "lastwords":
        return None
    place = PACKAGE.joinpath(*rest.split(".")) if rest else PACKAGE
    for path in (place.with_suffix(".py"), place / "__init__.py"):
        if path.is_file():
            return path
    return None


def _bare(text: str) -> str:
    """A module without docstrings, comments, and types of functions."""
    tree = ast.parse(text)
    for node in ast.walk(tree):
        if isinstance(node, ast.arg):
            node.annotation = None
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            node.returns = None
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            if ast.get_docstring(node, clean=False) is not None:
                del node.body[0]
            if not node.body and not isinstance(node, ast.Module):
                node.body.append(ast.Pass())
    return ast.unparse(tree)
