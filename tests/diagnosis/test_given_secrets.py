"""What a command was given under a secret's name, and what only sounds like one."""

from __future__ import annotations

import shlex

import pytest

from lastwords.diagnosis.given_secrets import given_secrets

SECRET = [
    "train --password correcthorse",
    "train --password=correcthorse",
    "train -password correcthorse",
    "train --api-key correcthorse",
    "train --hf.token correcthorse",
    "env DB_PASSWORD=correcthorse train",
    "train auth.api_key=correcthorse",
    "sh -c 'WANDB_API_KEY=correcthorse python train.py'",
    "bash -lc 'python train.py --token correcthorse && echo done'",
]
NONE = [
    "train --sort-key correcthorse",
    "train --pad-token correcthorse",
    "train --eos_token=correcthorse",
    "train --max-tokens correcthorse",
    "train --token-type correcthorse",
    "train --password-file correcthorse",
    "train --tokenizer correcthorse",
    "train --token --correcthorse",
    "train --password",
]
LONG_ENOUGH = {"sunshine": True, "12345678": True, "hunter2": True, "S3cr3t": True}
LONG_ENOUGH |= {"secret": False, "123456": False, "S3cr": False, "": False}


@pytest.mark.parametrize("command", SECRET)
def test_a_value_under_a_secrets_name_is_one_whatever_it_looks_like(command: str) -> None:
    assert "correcthorse" in given_secrets(shlex.split(command))


@pytest.mark.parametrize("command", NONE)
def test_a_name_that_only_sounds_like_one_names_none(command: str) -> None:
    assert given_secrets(shlex.split(command)) == set()


@pytest.mark.parametrize("value", LONG_ENOUGH)
def test_what_would_tear_words_apart_is_left(value: str) -> None:
    assert given_secrets(["train", "--password", value]) == (
        {value} if LONG_ENOUGH[value] else set()
    )
