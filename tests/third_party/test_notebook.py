"""`%%lastwords` in real notebooks, executed by papermill."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests.third_party.kit import Workplace, require

LOAD = "%load_ext lastwords"
GOOD = "%%lastwords --name counted\nfor n in 1 2 3; do echo $n; done"
CODE = "%%lastwords python\nimport sys\nsettings = {}\nprint(sys.prefix)\nsettings['lr']"
AFTER = "print('after')"


@pytest.fixture
def place(tmp_path: Path) -> Workplace:
    require(("papermill", "ipykernel", "lastwords"))
    return Workplace(tmp_path / "place")


def execute(place: Workplace, *cells: str) -> tuple[int, str, list[str]]:
    """papermill's exit code and last words, and what each cell shows afterwards."""
    from tests.third_party.programs.notebook_cells import write

    write(place.folder / "in.ipynb", list(cells))
    done = place.run(["papermill", "--no-progress-bar", "in.ipynb", "out.ipynb"])
    made = json.loads((place.folder / "out.ipynb").read_text())
    code = [cell for cell in made["cells"] if cell["cell_type"] == "code"]
    return done.returncode, done.stderr.decode(), [shown(cell) for cell in code]


def shown(cell: dict[str, Any]) -> str:
    outputs = cell["outputs"]
    return "".join(
        "\n".join(out["traceback"]) if out["output_type"] == "error" else "".join(out["text"])
        for out in outputs
    )


def test_cells_that_complete_show_their_output_and_nothing_else(place: Workplace) -> None:
    code, said, cells = execute(place, LOAD, GOOD, "%%lastwords python\nprint(6 * 7)", AFTER)
    assert code == 0, said
    assert cells == ["", "1\n2\n3\n", "42\n", "after\n"]
    runs = json.loads(place.lastwords("ls", "--json").stdout)
    assert [(run["name"], run["status"]) for run in reversed(runs)] == [
        ("counted", "completed"),
        (None, "completed"),
    ]


def test_a_cell_that_fails_shows_why_and_papermill_stops_there(place: Workplace) -> None:
    code, said, cells = execute(place, LOAD, CODE, AFTER)
    run = place.found()
    told = [
        f"{run['id']} failed: KeyError: 'lr'",
        "Cause: KeyError in your code (code.error)",
        f"The whole error: lastwords error {run['id']}",
        f"What to do next: lastwords explain {run['id']}",
    ]
    assert code == 1 and "\n".join(told) in said
    prefix, *rest = cells[1].splitlines()
    assert prefix.endswith(".venv-third") and rest[0].startswith("Traceback")
    assert rest[-4:] == told and "notebook.py" not in cells[1]
    assert cells[2] == ""


def test_with_no_raise_the_cell_shows_why_and_the_notebook_goes_on(place: Workplace) -> None:
    code, said, cells = execute(place, LOAD, "%%lastwords --no-raise\nexit 3", AFTER)
    assert code == 0, said
    assert f"lastwords explain {place.found()['id']}" in cells[1] and cells[2] == "after\n"


def test_papermill_stops_at_a_wrong_option_too(place: Workplace) -> None:
    code, said, cells = execute(place, LOAD, "%%lastwords --nmae x\ntrue", AFTER)
    assert code == 1 and "%%lastwords: unrecognized arguments: --nmae" in said
    assert cells[2] == "" and not (place.home / "runs").exists()
