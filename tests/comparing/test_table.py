"""Several runs in a table: what differs comes first, and what is not known differs in nothing."""

from __future__ import annotations

from lastwords.comparing.comparison import Kept
from lastwords.comparing.table import Row, table


def _kept(command: str, **environment: object) -> Kept:
    return Kept({"kind": "command", "command": command.split()}, environment)


def _told(rows: list[Row]) -> list[tuple[str, list[str | None], bool]]:
    return [(row.name, row.values, row.differs) for row in rows]


def test_options_stand_one_by_one_and_those_that_differ_first() -> None:
    runs = [
        _kept(f"python t.py --epochs 3 --lr {lr} {flag}")
        for lr, flag in (("1", ""), ("2", "--bf16"), ("1", "--bf16"))
    ]
    assert _told(table(runs)) == [
        ("--lr", ["1", "2", "1"], True),
        ("--bf16", [None, "on", "on"], True),
        ("program", ["python", "python", "python"], False),
        ("argument 1", ["t.py", "t.py", "t.py"], False),
        ("--epochs", ["3", "3", "3"], False),
    ]


def test_trainings_have_their_parameters_as_they_are_called() -> None:
    runs = [Kept({"kind": "training", "spec": {"epochs": n, "loraR": 8}}, {}) for n in (1, 2, 3)]
    assert _told(table(runs)) == [
        ("epochs", ["1", "2", "3"], True),
        ("loraR", ["8", "8", "8"], False),
    ]


def test_of_everything_else_only_what_differs_is_told() -> None:
    runs = [
        _kept(
            "x",
            python={"version": "3.11.2", "packages": {"torch": version, "numpy": "2.0"}},
            machine={"host": host, "cpus": 8},
            code={"commit": commit * 20, "branch": "main"},
            data=[{"path": "/d/a.jsonl", "rows": rows, "sha256": "ab" * 32}],
        )
        for version, host, commit, rows in (("2.4", "a", "11", 10), ("2.5", "a", "22", 12))
    ]
    assert _told(table(runs))[1:] == [
        ("commit", ["1111111111", "2222222222"], True),
        ("a.jsonl", ["10 rows abababababab", "12 rows abababababab"], True),
        ("torch", ["2.4", "2.5"], True),
    ]


def test_a_run_of_which_nothing_was_kept_differs_in_nothing() -> None:
    python = {"version": "3.11.2", "packages": {"torch": "2.4"}}
    runs = [_kept("x", python=python), _kept("x"), _kept("x", python=python)]
    assert [row.name for row in table(runs)] == ["program"]


def test_values_of_variables_are_told_apart_and_not_told() -> None:
    prints = ("aa11", "bb22", "aa11", None)
    runs = [
        _kept("x", variables={"names": {"CUDA_VISIBLE_DEVICES": print_, "SHLVL": print_}})
        for print_ in prints
    ]
    assert _told(table(runs))[1:] == [
        ("CUDA_VISIBLE_DEVICES", ["value 1", "value 2", "value 1", None], True)
    ]
