"""Who may import whom."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import lastwords

PACKAGE = Path(lastwords.__file__).parent
MODULES = sorted(PACKAGE.rglob("*.py"))
PLAIN = (
    "beneath",
    "basics",
    "attempt",
    "records",
    "config",
    "runfolder",
    "processes",
    "recorder",
    "recording",
    "startup",
    "grouphomes",
    "locks",
    "events",
    "completion",
    "proof",
    "environment",
    "spec",
)
ONLY = {
    "flask": ("api/", "app.py"),
    "werkzeug": ("api/", "app.py"),
    "flask_cors": ("app.py",),
    "flask_compress": ("app.py",),
    "waitress": ("connections.py",),
    "sqlite_utils": ("sqlite.py",),
    "torch": ("trainer/",),
    "transformers": ("trainer/", "integrations.py"),
    "peft": ("trainer/",),
    "accelerate": ("trainer/",),
}
HEAVY = {"torch", "transformers", "peft", "numpy", "accelerate"}


def _name(path: Path) -> str:
    return path.relative_to(PACKAGE).as_posix()


def _is_plain(name: str) -> bool:
    """Whether a module, named by its file or its import, needs the standard library alone."""
    return name.replace("/", ".").split(".")[0] in PLAIN


def _imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} has a relative import"
            yield node.module or ""


@pytest.mark.parametrize("name", [name for name in map(_name, MODULES) if _is_plain(name)])
def test_a_plain_module_imports_the_standard_library_and_its_like(name: str) -> None:
    for imported in _imports(PACKAGE / name):
        top, _, rest = imported.partition(".")
        if top == "lastwords":
            assert not rest or _is_plain(rest), f"{name} imports {imported}"
        else:
            assert top in sys.stdlib_module_names, f"{name} imports {imported}"


@pytest.mark.parametrize("package", ONLY)
def test_a_package_is_imported_only_where_it_belongs(package: str) -> None:
    for path in MODULES:
        if package in {imported.split(".")[0] for imported in _imports(path)}:
            assert _name(path).startswith(ONLY[package]), f"{_name(path)} imports {package}"


def test_only_store_and_migrations_speak_to_the_database() -> None:
    for path in MODULES:
        if "lastwords.sqlite" in _imports(path):
            assert _name(path) in ("store_file.py", "migrations.py"), _name(path)


def test_only_groups_of_runs_reach_through_the_store_to_its_database() -> None:
    for path in MODULES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Attribute) and node.attr == "db":
                if ast.unparse(node.value).rpartition(".")[2] == "store":
                    assert _name(path) == "store_groups.py", _name(path)


def test_diagnosis_touches_no_process_no_store_and_no_web() -> None:
    forbidden = {"subprocess", "socket", "threading", "multiprocessing", "urllib.request"}
    for path in (PACKAGE / "diagnosis").rglob("*.py"):
        for imported in _imports(path):
            assert imported not in forbidden, f"{_name(path)} imports {imported}"
            if imported.startswith("lastwords"):
                assert imported.startswith("lastwords.diagnosis"), f"{_name(path)}: {imported}"


def test_the_trainer_knows_neither_the_web_nor_the_index() -> None:
    for path in (PACKAGE / "trainer").rglob("*.py"):
        for imported in _imports(path):
            if imported.startswith("lastwords"):
                assert imported.startswith("lastwords.trainer"), f"{_name(path)}: {imported}"


def _loaded_by(statement: str) -> set[str]:
    code = f"import sys; {statement}; print(*{{name.split('.')[0] for name in sys.modules}})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    return set(done.stdout.split())


@pytest.mark.parametrize("module", ["lastwords.app", "lastwords.api.openapi", "lastwords.server"])
def test_the_web_loads_nothing_heavy(module: str) -> None:
    assert not _loaded_by(f"import {module}") & HEAVY


def test_the_servers_start_reads_no_rules_no_models_and_no_checks() -> None:
    late = (
        "pydantic",
        "lastwords.diagnosis.explaining",
        "lastwords.diagnosis.masking",
        "lastwords.doctor",
        "lastwords.trainer.data",
        "smtplib",
    )
    start = "import sys, lastwords.app, lastwords.server"
    code = f"{start}; print([name for name in {late} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert done.stdout == b"[]\n"


@pytest.mark.parametrize(
    "module", ["lastwords.recording.witness", "lastwords.cli", "lastwords.foreground"]
)
def test_the_recorder_and_the_command_line_load_no_web(module: str) -> None:
    assert not _loaded_by(f"import {module}") & (HEAVY | {"flask", "pydantic", "sqlite_utils"})


def test_listing_a_recorded_command_loads_no_rules_and_nothing_that_only_others_need() -> None:
    """Whoever waits at a shell waits for every import."""
    ends_well = "from lastwords.diagnosis import Ending, explain; explain(b'', Ending('completed'))"
    code = (
        f"import sys, lastwords.foreground; lastwords.foreground.load_index(); {ends_well}; "
        "late = 'lastwords.diagnosis.explaining', 'lastwords.diagnosis.masking', 'dateutil'; "
        "print([name for name in late if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert done.stdout == b"[]\n"


def test_the_trainers_arguments_load_nothing_heavy() -> None:
    assert not _loaded_by("import lastwords.trainer.__main__") & HEAVY
