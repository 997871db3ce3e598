"""Settings: where each value comes from, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from lastwords import config as settings
from lastwords.config import InvalidSetting, describe, load


def _file(home: Path, text: str) -> None:
    (home / "lastwords.toml").write_text(text)


def test_the_environment_stands_over_the_file_over_the_default(home: Path) -> None:
    _file(home, "port = 8001\nmax_running = 3\n")
    found = load(home, {"LASTWORDS_PORT": "8002"})
    assert (found.port, found.max_running, found.host) == (8002, 3, "127.0.0.1")
    sources = {name: found.sources[name] for name in ("port", "max_running", "host", "home")}
    assert sources == {
        "port": "environment",
        "max_running": "file",
        "host": "default",
        "home": "command line",
    }


def test_the_home_comes_from_the_environment_else_from_the_platform(tmp_path: Path) -> None:
    assert load(None, {"LASTWORDS_HOME": str(tmp_path)}).home == tmp_path
    assert load(None, {"XDG_DATA_HOME": str(tmp_path)}).home == tmp_path / "lastwords"
    default = load(None, {}).home
    assert default.parts[-3:] == (".local", "share", "lastwords")


def test_a_relative_home_becomes_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert load(Path("here"), {}).home == tmp_path / "here"


def test_an_empty_variable_is_as_if_it_were_not_set(home: Path) -> None:
    assert load(home, {"LASTWORDS_PORT": ""}).port == 7700


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("LASTWORDS_PORT", "http"),
        ("LASTWORDS_PORT", "70000"),
        ("LASTWORDS_PORT", "-1"),
        ("LASTWORDS_MAX_RUNNING", "0"),
        ("LASTWORDS_GRACE_SECONDS", "nan"),
        ("LASTWORDS_GRACE_SECONDS", "-1"),
    ],
)
def test_a_value_that_cannot_be_used_is_refused_with_its_variable(
    home: Path, variable: str, value: str
) -> None:
    with pytest.raises(InvalidSetting, match=variable) as caught:
        load(home, {variable: value})
    assert value in str(caught.value)


def test_an_unknown_key_of_the_file_is_refused_by_name(home: Path) -> None:
    _file(home, "prot = 8000\n")
    with pytest.raises(InvalidSetting, match="'prot'"):
        load(home, {})


@pytest.mark.parametrize("text", ["port = ", "\x00", 'defaults = "x"'])
def test_a_file_that_cannot_be_read_is_named(home: Path, text: str) -> None:
    _file(home, text)
    with pytest.raises(InvalidSetting, match=r"lastwords\.toml"):
        load(home, {})


@pytest.mark.parametrize("text", ['port = "x"', "port = []", "host = 5\nport = {}"])
def test_a_wrong_type_in_the_file_is_named(home: Path, text: str) -> None:
    _file(home, text)
    with pytest.raises(InvalidSetting, match="port in"):
        load(home, {})


def test_lists_are_separated_by_commas_and_paths_as_the_platform_does(home: Path) -> None:
    environment = {
        "LASTWORDS_ALLOWED_HOSTS": "a.example, b.example:8000,",
        "LASTWORDS_DATA_ROOTS": "/a:/b",
        "LASTWORDS_TRAINER_COMMAND": "python  -m trainer",
    }
    found = load(home, environment)
    assert found.allowed_hosts == ("a.example", "b.example:8000")
    assert found.roots == (Path("/a"), Path("/b"))
    assert found.trainer_command == ("python", "-m", "trainer")


def test_the_home_is_the_data_root_where_none_is_named(home: Path) -> None:
    assert load(home, {}).roots == (home,)


def test_secrets_are_masked_wherever_settings_are_shown(home: Path) -> None:
    secrets = {"LASTWORDS_TOKEN": "a-very-secret-token", "LASTWORDS_PASSWORD_HASH": "$argon2id$x"}
    shown = json.dumps(describe(load(home, secrets)))
    assert not [value for value in secrets.values() if value in shown]


def test_every_setting_is_shown_with_its_variable_its_source_and_help(home: Path) -> None:
    shown = {setting["name"]: setting for setting in describe(load(home, {}))}
    assert set(shown) == {setting.name for setting in settings.SETTINGS}
    for name, setting in shown.items():
        assert setting["variable"] == f"LASTWORDS_{name.upper()}"
        assert setting["help"].endswith(".") and setting["source"] in ("default", "command line")


def test_what_is_shown_is_json(home: Path) -> None:
    json.dumps(describe(load(home, {})), allow_nan=False)


@pytest.mark.parametrize(
    "value", ["file:///etc/passwd", "chat.example", "https://me:hunter22@chat.example/1"]
)
def test_a_webhook_that_cannot_be_sent_to_is_refused_without_telling_it(
    tmp_path: Path, value: str
) -> None:
    with pytest.raises(InvalidSetting, match="must be a URL") as caught:
        load(tmp_path, {"LASTWORDS_NOTIFY_WEBHOOK": value})
    assert value not in str(caught.value)
