"""What differs besides the code, and which of it is suspected first."""

from __future__ import annotations

import pytest

from lastwords.comparing import facts
from lastwords.comparing.comparison import Kept, compared
from lastwords.comparing.item import Item
from lastwords.comparing.suspicion import Error, ranked
from lastwords.surroundings.commands import shape_of

NOTHING = Error("", "", (), None)


def _kept(command: str = "python train.py", **environment: object) -> Kept:
    return Kept({"kind": "command", "command": command.split()}, {"takenAt": "x", **environment})


def _words(good: Kept, bad: Kept, error: Error = NOTHING) -> list[str]:
    return [item.words for item in compared(good, bad, b"", error).items]


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ("--lr 2e-4", "--lr 2e-3", ["--lr 2e-4 → 2e-3"]),
        ("--lr=2e-4", "--lr=2e-3", ["--lr 2e-4 → 2e-3"]),
        ("--lr -1", "--lr -2", ["--lr -1 → -2"]),
        ("optim.lr=1", "optim.lr=2", ["optim.lr 1 → 2"]),
        ("", "--bf16", ["--bf16 is new"]),
        ("--bf16", "", ["--bf16 is gone"]),
        ("a.csv", "b.csv", ["argument 2 a.csv → b.csv"]),
        ("--x 1 --x 2", "--x 1 --x 3", ["--x 1 2 → 1 3"]),
        ("--lr 1 --b 2", "--b 2 --lr 1", []),
    ],
)
def test_options_differ_by_name(before: str, after: str, words: list[str]) -> None:
    assert _words(_kept(f"python t.py {before}"), _kept(f"python t.py {after}")) == words


def test_trainings_differ_by_their_parameters() -> None:
    runs = [
        Kept({"kind": "training", "spec": {"learningRate": rate, "name": str(rate)}}, {})
        for rate in (0.0002, 0.002)
    ]
    assert [item.words for item in facts.settings(runs[0].asked, runs[1].asked)] == [
        "learning rate 0.0002 → 0.002"
    ]


def test_a_package_that_the_traceback_goes_through_comes_first() -> None:
    def packages(**versions: str) -> dict[str, object]:
        return {"version": "3.11", "prefix": "/v", "packages": versions}

    good = _kept("python t.py --lr 1", python=packages(torch="2.3", flash="1", peft="1"))
    bad = _kept("python t.py --lr 2", python=packages(torch="2.4", flash="2", new="1"))
    frames = (("/v/lib/python3.11/site-packages/flash/ops.py", 3),)
    assert _words(good, bad, Error("code.error", "boom", frames, None)) == [
        "flash 1 → 2",
        "peft 1 is gone",
        "torch 2.3 → 2.4",
        "--lr 1 → 2",
        "new 1 is new",
    ]


def test_what_the_error_names_comes_before_what_its_cause_suggests() -> None:
    items = [
        Item("settings", "--lr", "1", "2", "lr"),
        Item("variables", "variable", None, None, "other"),
        Item("variables", "CUDA_VISIBLE_DEVICES", "set", "set", "devices"),
    ]
    error = Error("gpu.unavailable", "no GPU: CUDA_VISIBLE_DEVICES is empty", (), None)
    found = ranked(items, error)
    assert [item.words for item in found] == ["devices", "lr", "other"]
    assert found[0].note == "the error names it"


@pytest.mark.parametrize(
    ("cause", "first"),
    [
        ("data.malformed", "d"),
        ("memory.gpu_oom", "s"),
        ("deps.incompatible", "p"),
        ("gpu.fault", "m"),
    ],
)
def test_the_cause_says_which_kind_is_suspected_first(cause: str, first: str) -> None:
    kinds = {"settings": "s", "packages": "p", "data": "d", "machine": "m"}
    items = [Item(kind, word, None, None, word) for kind, word in kinds.items()]  # type: ignore[arg-type]
    assert ranked(items, Error(cause, "", (), None))[0].words == first


def test_variables_differ_by_name_alone_and_what_a_login_sets_does_not_count() -> None:
    def variables(key: str = "k", **names: str) -> dict[str, object]:
        return {"key": key, "names": names}

    good = _kept(variables=variables(A="1", B="1", SSH_TTY="1", TERM="1"))
    bad = _kept(variables=variables(A="2", C="1", SSH_TTY="2"))
    assert _words(good, bad) == [
        "variable A has changed",
        "variable B is gone",
        "variable C is new",
    ]
    assert _words(good, _kept(variables=variables("other key", A="2"))) == []


def test_data_differs_by_rows_or_by_content() -> None:
    def file(rows: int | None, digest: str, path: str = "/a/d.jsonl") -> dict[str, object]:
        return {"path": path, "bytes": 7, "rows": rows, "sha256": digest}

    good = _kept(data=[file(1000, "a")])
    assert _words(good, _kept(data=[file(1312, "b")])) == ["d.jsonl rows 1,000 → 1,312"]
    assert _words(good, _kept(data=[file(1000, "b", "/b/d.jsonl")])) == [
        "d.jsonl has other content, but as many rows"
    ]
    assert _words(good, _kept(data=[file(1000, "a")])) == []


@pytest.mark.parametrize(
    ("command", "shape"),
    [
        ("python train.py --lr 1", ("python", "train.py")),
        ("/venv/bin/python3.11 -u ./src/train.py", ("python", "train.py")),
        ("env A=1 nohup python -m pkg.train x", ("python", "pkg.train")),
        ("accelerate launch --num_processes 2 train.py", ("accelerate", "train.py")),
        ("./train.sh 3", ("", "train.sh")),
        ("make train", ("make", "train")),
        ("nice -n 5 torchrun --nproc-per-node=2 train.py", ("torchrun", "train.py")),
    ],
)
def test_commands_are_alike_by_program_and_script(command: str, shape: tuple[str, str]) -> None:
    assert shape_of(command.split()) == shape
    assert shape_of(["sh", "-c", f"cd /tmp && {command}"]) == shape
