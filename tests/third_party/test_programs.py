"""Other people's programs, unchanged, under `lastwords run`: once well, once not."""

from __future__ import annotations

import math
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.third_party import kit
from tests.third_party.kit import Recorded, Workplace
from tests.third_party.table import PROGRAMS, Failure, Program

# What belongs to another program than any of the table.
FOREIGN = re.compile(
    r"per_device_train_batch_size|--gradient-accumulation|--lora|ignore_mismatched|padding=True|"
    r"label_gain|HF_|\bhf |huggingface|config\.json|safetensors|nvidia-smi|CUDA|mkdir -p (/|\.$)"
)


each = pytest.mark.parametrize("program", PROGRAMS, ids=[program.name for program in PROGRAMS])


@pytest.fixture
def place(tmp_path: Path, program: Program) -> Workplace:
    """The program's folder, with its data made."""
    kit.require(program.needs)
    place = Workplace(tmp_path / "place")
    place.prepare(program.before)
    return place


@each
def test_it_completes_with_the_curve_and_the_progress_of_the_table(
    place: Workplace, program: Program
) -> None:
    found = place.record(shlex.split(program.command))
    assert found.done.returncode == 0, found.log.decode()
    assert (found.run["status"], found.run["reason"], found.run["flags"]) == ("completed", "ok", [])
    assert found.done.stdout == found.log and found.done.stderr == b""
    losses, progress = found.losses, found.run["progress"]
    assert (bool(losses), bool(progress)) == (program.curve, program.progress), "mend table.py"
    if losses:
        last = re.findall(program.last_loss, found.log.decode())[-1]
        assert len(losses) >= program.points and all(map(math.isfinite, losses))
        assert losses[-1] == pytest.approx(float(last), abs=1e-9)
    if progress and progress["totalSteps"] is not None:
        assert progress["step"] == progress["totalSteps"]


@each
def test_its_failure_is_explained_as_the_table_says(place: Workplace, program: Program) -> None:
    wanted = program.failure
    place.prepare(wanted.before)
    found = place.record(shlex.split(wanted.command))
    assert found.done.returncode == wanted.exit_code == found.run["exitCode"]
    assert (found.run["status"], found.run["reason"]) == ("failed", "exit_code")
    assert wanted.headline in found.explanation["headline"]
    assert _user_frame(found) == wanted.frame
    whole = found.explanation["traceback"]["text"]
    assert wanted.headline in whole and whole.encode() in found.log
    wrong = list(_wrong(wanted, found))
    assert bool(wrong) == bool(wanted.fault), wrong or "it is right now: mend table.py"
    if wanted.fault:
        pytest.xfail(wanted.fault)


def _user_frame(found: Recorded) -> tuple[str, str] | None:
    frame = found.explanation["userFrame"]
    return frame and (Path(frame["file"]).name, frame["function"])


def _wrong(wanted: Failure, found: Recorded) -> Iterator[str]:
    """What of the cause and the advice does not fit."""
    steps = found.explanation["advice"]
    said = "\n".join(f"{step['text']} {step['command'] or ''}" for step in steps)
    if (cause := found.explanation["cause"]) != wanted.cause:
        yield f"{cause} is the cause, not {wanted.cause}"
    if not re.search(wanted.advice, said):
        yield f"no advice with {wanted.advice}: {said}"
    if foreign := FOREIGN.search(said):
        yield f"advice of another program: {foreign[0]}"


def test_the_table_has_each_program_once_and_each_requirement_is_of_one() -> None:
    names = [program.name for program in PROGRAMS]
    assert len(names) == len(set(names))
    direct = Path(__file__).with_name("requirements.txt").read_text().split("\n\n")[1]
    asked = {re.split(r"[=\s]", line)[0] for line in direct.splitlines() if line[0] != "#"}
    assert asked == {name for program in PROGRAMS for name in program.needs} - {"make"}


def test_a_program_without_its_package_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(kit, "VENV", tmp_path)
    monkeypatch.setattr(kit, "IS_REQUIRED", False)
    with pytest.raises(pytest.skip.Exception, match="not installed: keras, spacy; npm run"):
        kit.require(("keras", "spacy"))
    monkeypatch.setattr(kit, "IS_REQUIRED", True)
    with pytest.raises(pytest.fail.Exception, match="not installed: keras"):
        kit.require(("keras",))
