"""The setting `retry`: what it may say, and that a mistake is named with what would be right."""

from __future__ import annotations

from pathlib import Path

import pytest

from lastwords.config import InvalidSetting, describe, load
from lastwords.records import CAUSES
from lastwords.retries import RETRIED, RetryPolicy


def _policy(home: Path, text: str, **environment: str) -> RetryPolicy:
    (home / "lastwords.toml").write_text(text)
    return load(home, environment).retry


def test_it_is_off_by_default(tmp_path: Path) -> None:
    assert _policy(tmp_path, "") == RetryPolicy()
    assert [_policy(tmp_path, "").times(cause) for cause in CAUSES] == [0] * len(CAUSES)


def test_a_table_names_causes_how_often_and_the_wait(tmp_path: Path) -> None:
    text = '[retry]\n"network.unreachable" = 3\n"memory.gpu_oom" = 2\nback_off_seconds = 5\n'
    policy = _policy(tmp_path, text)
    assert (policy.times("network.unreachable"), policy.times("memory.gpu_oom")) == (3, 2)
    assert policy.back_off_seconds == 5 and policy.times("disk.full") == 0


def test_a_cause_without_quotation_marks_is_meant_as_it_reads(tmp_path: Path) -> None:
    assert _policy(tmp_path, "[retry]\nnetwork.unreachable = 3\n").times("network.unreachable") == 3


def test_the_environment_says_it_too_and_config_shows_it(tmp_path: Path) -> None:
    given = "network.unreachable=3, back_off_seconds=0.5"
    config = load(tmp_path, {"LASTWORDS_RETRY": given})
    assert (config.retry.times("network.unreachable"), config.retry.back_off_seconds) == (3, 0.5)
    shown = {item["name"]: item["value"] for item in describe(config)}
    assert shown["retry"] == given
    assert load(tmp_path, {"LASTWORDS_RETRY": str(RetryPolicy())}).retry == RetryPolicy()


@pytest.mark.parametrize(
    ("table", "says"),
    [
        ('"network.unreachible" = 3', "'network.unreachible' is no cause; did you mean 'network."),
        ('"code.error" = 1', "'code.error' is never retried"),
        ('"data.db_locked" = 1', "'data.db_locked' is never retried"),
        ('"deps.missing" = 1', "'deps.missing' is never retried"),
        ('"disk.full" = 0', "disk.full = 0: give how often, a number from 1 to 100"),
        ('"disk.full" = "twice"', "disk.full = 'twice'"),
        ('"disk.full" = true', "disk.full = True"),
        ('"disk.full" = 1\nback_off_seconds = -1', "back_off_seconds = -1: give a number of sec"),
        ('"disk.full" = 1\nback_off_seconds = nan', "back_off_seconds = nan"),
    ],
)
def test_a_mistake_is_named_with_what_would_be_right(tmp_path: Path, table: str, says: str) -> None:
    with pytest.raises(InvalidSetting) as refused:
        _policy(tmp_path, f"[retry]\n{table}\n")
    assert says in str(refused.value) and "lastwords.toml" in str(refused.value)


@pytest.mark.parametrize("value", ["3", "[1]", '"disk.full"'])
def test_what_is_no_table_is_refused(tmp_path: Path, value: str) -> None:
    with pytest.raises(InvalidSetting, match="retry"):
        _policy(tmp_path, f"retry = {value}\n")


def test_every_cause_of_the_texts_is_known_and_only_those() -> None:
    from lastwords.diagnosis.rules.order import RULES

    assert {rule.cause for rule in RULES} <= {*CAUSES, "ok"}
    assert set(RETRIED) < set(CAUSES)
