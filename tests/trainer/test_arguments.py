"""The trainer's command line."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from lastwords.trainer.arguments import Arguments, parse

NEEDED = ["--db-path", "x.db", "--output-dir", "out", "--run-directory", "run"]


def refused(capsys: pytest.CaptureFixture[str], *options: str) -> str:
    """What the parser says to options it ends the process for."""
    with pytest.raises(SystemExit) as ended:
        parse(options)
    assert ended.value.code == 2
    return capsys.readouterr().err


def test_defaults_are_those_the_field_knows() -> None:
    arguments = parse(NEEDED)
    assert arguments == Arguments(
        db_path=Path("x.db"),
        data_file=None,
        output_dir=Path("out"),
        run_directory=Path("run"),
        run_id="run",
        base_model="google/flan-t5-small",
        method="lora",
        max_samples=2000,
        max_malformed=0.5,
        validation_fraction=0.0,
        early_stopping_patience=0,
        epochs=3,
        learning_rate=5e-5,
        batch_size=8,
        accumulation=1,
        memory_limit=None,
        nproc=None,
        precision="auto",
        warmup_ratio=0.0,
        schedule="linear",
        max_grad_norm=1.0,
        source_max_tokens=384,
        target_max_tokens=384,
        lora_r=16,
        lora_alpha=16,
        lora_dropout=0.05,
        lora_targets=(),
        resume_from=None,
        seed=42,
        checkpoint_seconds=300.0,
        samples=3,
    )


@pytest.mark.parametrize(
    ("text", "size"),
    [("4GB", 4 << 30), ("800mb", 800 << 20), ("1.5 GiB", 3 << 29), ("4096", 4096)],
)
def test_a_memory_limit_is_a_size(text: str, size: int) -> None:
    assert parse([*NEEDED, "--memory-limit", text]).memory_limit == size


@pytest.mark.parametrize(("text", "limit"), [("0", 0), ("7", 7), ("25%", 0.25)])
def test_malformed_rows_are_limited_by_number_or_part(text: str, limit: float) -> None:
    assert parse([*NEEDED, "--max-malformed", text]).max_malformed == limit


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (("--memory-limit", "lots"), "'lots' is not a size such as 4GB"),
        (("--memory-limit", "0"), "'0' is not a size"),
        (("--max-malformed", "100%"), "'100%' is neither a number of rows nor a percentage"),
        (("--early-stopping-patience", "2"), "needs a --validation-fraction above 0"),
    ],
)
def test_what_cannot_be_meant_is_refused(
    capsys: pytest.CaptureFixture[str], options: tuple[str, ...], complaint: str
) -> None:
    assert complaint in refused(capsys, *NEEDED, *options)


@pytest.mark.parametrize("given", [["q,v"], ["q", "v"], ["q v"], ["q, v"], ["q,", "v"], [" q ,v "]])
def test_targets_are_listed_by_comma_or_space(given: list[str]) -> None:
    assert parse([*NEEDED, "--lora-targets", *given]).lora_targets == ("q", "v")


def test_an_abbreviated_option_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert "unrecognized arguments: --epoch 5" in refused(capsys, *NEEDED, "--epoch", "5")


def test_one_source_is_needed_and_two_are_too_many(capsys: pytest.CaptureFixture[str]) -> None:
    assert "--db-path --data-file is required" in refused(capsys, *NEEDED[2:])
    assert "not allowed with" in refused(capsys, *NEEDED, "--data-file", "x.jsonl")


@pytest.mark.parametrize(
    ("option", "value", "complaint"),
    [
        ("--epochs", "0", "0 is less than 1"),
        ("--epochs", "two", "invalid integer value: 'two'"),
        ("--batch-size", "-1", "-1 is less than 1"),
        ("--learning-rate", "0", "0 is not greater than 0"),
        ("--learning-rate", "nan", "nan is not a finite number"),
        ("--learning-rate", "inf", "inf is not a finite number"),
        ("--lora-dropout", "1.5", "1.5 is greater than 1"),
        ("--seed", "-3", "-3 is less than 0"),
        ("--base-model", " ", "must not be empty"),
        ("--method", "magic", "invalid choice: 'magic'"),
    ],
)
def test_a_value_out_of_range_is_named(
    capsys: pytest.CaptureFixture[str], option: str, value: str, complaint: str
) -> None:
    said = refused(capsys, *NEEDED, f"{option}={value}")
    assert option in said
    assert complaint in said


def test_help_reads_neither_torch_nor_transformers() -> None:
    said = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "lastwords.trainer", "--help"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "--lora-targets" in said.stdout
    assert not re.search(r"\| +(torch|transformers|peft)\b", said.stderr)
