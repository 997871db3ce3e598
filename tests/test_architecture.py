"""The structure of the package, held to the table in scripts/wings.py."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest
from scripts.wings import APART, DOCUMENT, ENTRANCES, NOUNS, WINGS, drawn

import lastwords

PACKAGE = Path(lastwords.__file__).parent
ROOT = Path(__file__).parent.parent
MODULES = sorted(PACKAGE.rglob("*.py"))
PYTHON = sorted(
    path
    for folder in ("backend", "tests", "e2e", "bench", "scripts")
    for path in (ROOT / folder).rglob("*.py")
    if "failures" not in path.relative_to(ROOT).parts
)
PAGE = sorted(
    path
    for path in (ROOT / "frontend").rglob("*.ts*")
    if path.name != "types.ts"  # made from the OpenAPI document
)
# The recorder's start and `lastwords run` load these before a command's first byte.
PLAIN = tuple(
    """
    basics records addresses retries config spec folders surroundings recording executors
    """.split()
)
ONLY = {
    "flask": ("api/", "server/app.py"),
    "werkzeug": ("api/", "server/app.py"),
    "flask_cors": ("server/app.py",),
    "flask_compress": ("server/app.py",),
    "waitress": (
        *("server/answers.py", "server/connections.py"),
        *("server/parsing.py", "server/refusing.py"),
    ),
    "sqlite_utils": ("store/sqlite.py",),
    "torch": ("trainer/",),
    "transformers": ("trainer/", "integrations/"),
    "peft": ("trainer/",),
    "accelerate": ("trainer/",),
    "IPython": (),
    "ray": ("executors/ray_gang.py",),
}
ELSEWHERE = ("executors/ray_gang.py",)  # only ever run by another Python
HEAVY = {"torch", "transformers", "peft", "numpy", "accelerate"}


def _name(path: Path) -> str:
    return path.relative_to(PACKAGE).as_posix()


def _module(path: Path) -> str:
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


KNOWN = {_module(path) for path in MODULES}


def _place(name: str) -> str:
    """The wing, or the module at the top level, that a file or an import belongs to."""
    return name.replace("/", ".").removesuffix(".py").split(".")[0]


def _imports(path: Path) -> Iterator[str]:
    """What a file imports, wherever in it; of `from a import b` the module b if it is one."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} has a relative import"
            base = node.module or ""
            for name in (f"{base}.{alias.name}" for alias in node.names):
                yield name if name in KNOWN else base


def _own_imports(path: Path) -> Iterator[str]:
    for imported in _imports(path):
        if imported.startswith("lastwords."):
            yield imported.removeprefix("lastwords.")


def test_every_folder_is_a_wing_and_every_module_at_the_top_is_listed() -> None:
    assert {path.parent.name for path in PACKAGE.glob("*/__init__.py")} == set(WINGS)
    assert {path.stem for path in PACKAGE.glob("*.py")} == {*NOUNS, *ENTRANCES}


def test_wings_stand_in_order_and_import_only_what_stands_below() -> None:
    order = list(WINGS)
    for place, (name, wing) in enumerate(WINGS.items()):
        assert set(wing.imports) <= set(order[place + 1 :]), name


@pytest.mark.parametrize("wing", WINGS)
def test_a_wing_imports_only_the_wings_of_the_table(wing: str) -> None:
    nouns = () if wing in APART else NOUNS
    for path in (PACKAGE / wing).rglob("*.py"):
        for imported in _own_imports(path):
            assert _place(imported) in (wing, *nouns, *WINGS[wing].imports), (
                f"{_name(path)} imports lastwords.{imported}: see scripts/wings.py"
            )


def test_no_arrow_of_the_table_is_unused() -> None:
    for wing, facts in WINGS.items():
        used = {
            _place(name) for path in (PACKAGE / wing).rglob("*.py") for name in _own_imports(path)
        }
        assert set(facts.imports) - used == set(), wing


def test_modules_at_the_top_import_only_each_other_or_what_they_are_the_entrance_of() -> None:
    for path in PACKAGE.glob("*.py"):
        allowed = (*NOUNS, *ENTRANCES.get(path.stem, ()))
        assert {_place(name) for name in _own_imports(path)} <= set(allowed), path.name


def test_no_file_is_in_a_circle_of_imports() -> None:
    graph = {_module(path): set(_imports(path)) & KNOWN - {_module(path)} for path in MODULES}
    try:
        tuple(TopologicalSorter(graph).static_order())
    except CycleError as error:
        pytest.fail(" -> ".join(error.args[1]))


def test_the_package_file_of_a_wing_holds_code_only_where_the_table_says_so() -> None:
    for name, wing in WINGS.items():
        tree = ast.parse((PACKAGE / name / "__init__.py").read_text(encoding="utf-8"))
        has_code = any(not isinstance(node, ast.Expr) for node in tree.body)
        assert has_code == wing.facade, name


@pytest.mark.parametrize(("files", "most"), [(PYTHON, 400), (PAGE, 300)], ids=["python", "page"])
def test_no_file_is_longer_than_one_reads_at_once(files: list[Path], most: int) -> None:
    lengths = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in files}
    assert {str(path.relative_to(ROOT)): n for path, n in lengths.items() if n > most} == {}


def test_tests_stand_in_the_wing_that_they_test() -> None:
    folders = {path.parent.name for path in (ROOT / "tests").glob("*/test_*.py")}
    assert folders <= {*WINGS, "faults", "engines", "gpu", "security", "third_party"}


def test_the_picture_of_the_house_is_that_of_the_table() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    assert drawn(text) == text, "run: python scripts/wings.py"


@pytest.mark.parametrize(
    "name",
    [name for name in map(_name, MODULES) if _place(name) in PLAIN and name not in ELSEWHERE],
)
def test_what_a_first_byte_waits_for_imports_the_standard_library_alone(name: str) -> None:
    for imported in _imports(PACKAGE / name):
        top, _, rest = imported.partition(".")
        if top == "lastwords":
            assert _place(rest) in PLAIN, f"{name} imports {imported}"
        else:
            assert top in sys.stdlib_module_names, f"{name} imports {imported}"


def test_what_sends_a_run_loads_the_standard_library_alone() -> None:
    code = (
        "import sys; import lastwords.shipping.entry, lastwords.shipping.sending; "
        "own = {name.split('.')[0] for name in sys.modules} - sys.stdlib_module_names; "
        "print(sorted(own - {'lastwords', '__main__', '_distutils_hack', '__mp_main__'}))"
    )
    done = subprocess.run(
        [
            sys.executable,
            "-S",
            "-c",
            f"import sys; sys.path.insert(0, {str(PACKAGE.parent)!r}); {code}",
        ],
        capture_output=True,
        check=True,
    )
    assert done.stdout == b"[]\n"


@pytest.mark.parametrize("package", ONLY)
def test_a_package_is_imported_only_where_it_belongs(package: str) -> None:
    for path in MODULES:
        if package in {imported.split(".")[0] for imported in _imports(path)}:
            assert _name(path).startswith(ONLY[package]), f"{_name(path)} imports {package}"


def test_only_the_store_knows_the_database() -> None:
    for path in MODULES:
        if "lastwords.store.sqlite" in _imports(path):
            assert _name(path).startswith("store/"), _name(path)


def test_only_the_store_reaches_through_a_store_to_its_database() -> None:
    for path in MODULES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Attribute) and node.attr == "db":
                if ast.unparse(node.value).rpartition(".")[2] == "store":
                    assert _name(path).startswith("store/"), _name(path)


def test_diagnosis_touches_no_process_and_no_network() -> None:
    forbidden = {"subprocess", "socket", "threading", "multiprocessing", "urllib.request"}
    for path in (PACKAGE / "diagnosis").rglob("*.py"):
        assert forbidden.isdisjoint(_imports(path)), _name(path)


def _loaded_by(statement: str) -> set[str]:
    code = f"import sys; {statement}; print(*{{name.split('.')[0] for name in sys.modules}})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    return set(done.stdout.split())


@pytest.mark.parametrize(
    "module", ["lastwords.server.app", "lastwords.api.openapi", "lastwords.server.server"]
)
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
    start = "import sys, lastwords.server.app, lastwords.server.server"
    code = f"{start}; print([name for name in {late} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert done.stdout == b"[]\n"


@pytest.mark.parametrize(
    "module", ["lastwords.recording.monitor", "lastwords.cli", "lastwords.cli.foreground"]
)
def test_the_recorder_and_the_command_line_load_no_web(module: str) -> None:
    assert not _loaded_by(f"import {module}") & (HEAVY | {"flask", "pydantic", "sqlite_utils"})


def test_listing_a_recorded_command_loads_no_rules_and_nothing_that_only_others_need() -> None:
    """Whoever waits at a shell waits for every import."""
    ends_well = "from lastwords.diagnosis import Ending, explain; explain(b'', Ending('completed'))"
    code = (
        "import sys; from lastwords.cli.foreground import load_index; load_index(); "
        f"{ends_well}; "
        "late = 'lastwords.diagnosis.explaining', 'lastwords.diagnosis.masking', 'dateutil'; "
        "print([name for name in late if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert done.stdout == b"[]\n"


def test_the_trainers_arguments_load_nothing_heavy() -> None:
    assert not _loaded_by("import lastwords.trainer.__main__") & HEAVY
