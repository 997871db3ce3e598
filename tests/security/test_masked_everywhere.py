"""A run's secrets leave by no way, also when nobody has its environment any more."""

from __future__ import annotations

import json
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from tests.real import clean_environment

from lastwords.config import Config
from lastwords.diagnosis.fingerprints import LONGEST, Fingerprints, fingerprint
from lastwords.folders import runfolder
from lastwords.notifications.outbox import waiting
from lastwords.presentation.report import write_report
from lastwords.records import now
from lastwords.security.run_secrets import masker_of, note_secrets
from lastwords.store.runs import Store
from lastwords.supervision.supervisor import Supervisor

SAYS = "import os, subprocess, sys; "
LISTED = (
    SAYS + "subprocess.run(['false', '--api-key', 'Hunter2Hunter3xq', '--password', 'tr0ub4dor&3'],"
    "check=True)"
)
ALONE = SAYS + "print('with', sys.argv[2]); raise RuntimeError('refused: ' + sys.argv[2])"
PRINTED = (
    SAYS + "print(sys.argv, {b'password': b'Hunter2Hunter3xq'}); sys.exit('login tr0ub4dor&3')"
)
SECRETS = ("Hunter2", "tr0ub4dor")
VALUE = "envpassVALUE9911"
CRIES = "import os; v = os.environ['MY_SERVICE_PASSWORD']; print(v); raise RuntimeError('no ' + v)"


def lastwords(home: Path, *words: str, **more: str) -> str:
    """What a command of ours prints in a shell that knows nothing but these variables."""
    done = subprocess.run(
        [sys.executable, "-m", "lastwords", *words],
        capture_output=True,
        text=True,
        env=clean_environment(LASTWORDS_HOME=str(home), **more),
    )
    return done.stdout + done.stderr


def ways_out(home: Path) -> dict[str, str]:
    """Everything of the latest run that is made to be passed on."""
    names = ("report", "report --issue-url", "log --masked")
    said = {
        name: lastwords(home, *name.split(), "latest", LASTWORDS_REPOSITORY="a/b") for name in names
    }
    config = Config(home=home, notify_command=("true",))
    letters = {path.name: json.dumps(letter) for path, letter in waiting(config)}
    audit = {path.name: path.read_text() for path in (home / "audit").glob("*.jsonl")}
    assert letters and audit and "issues/new?" in said["report --issue-url"]
    return said | letters | audit


@pytest.mark.parametrize(
    "command",
    [
        ("-c", LISTED),
        ("-c", ALONE, "--api-key=tr0ub4dor&3"),
        ("-c", ALONE, "Hunter2Hunter3xq", "--password", "Hunter2Hunter3xq"),
        ("-c", PRINTED, "--password", "tr0ub4dor&3"),
    ],
)
def test_what_a_command_was_given_leaves_by_no_way(
    tmp_path: Path, command: tuple[str, ...]
) -> None:
    home = tmp_path / "home"
    lastwords(home, "run", "--quiet", "--", sys.executable, *command)
    for way, text in ways_out(home).items():
        assert not [secret for secret in SECRETS if secret in text], way


def test_what_a_runs_environment_held_leaves_by_no_way_from_another_shell(tmp_path: Path) -> None:
    home = tmp_path / "home"
    command = ["run", "--quiet", "--", sys.executable, "-c", CRIES]
    lastwords(home, *command, MY_SERVICE_PASSWORD=VALUE)
    for way, text in ways_out(home).items():
        assert VALUE not in text, way
    assert VALUE in lastwords(home, "error", "latest")


def test_fingerprints_hold_no_value_and_their_key_is_the_owners_alone(tmp_path: Path) -> None:
    home = tmp_path / "home"
    lastwords(home, "run", "--quiet", "--", "true", MY_SERVICE_PASSWORD=VALUE, OTHER="plain words")
    (noted,) = home.glob("runs/*/1/environment.json")
    key = home / "masking.json"
    assert [stat.S_IMODE(path.stat().st_mode) for path in (noted, key)] == [0o600, 0o600]
    text = noted.read_text()
    assert VALUE not in text
    (fact,) = json.loads(text)["secrets"]
    assert "PASSWORD" not in str(fact)
    assert set(fact) == {"length", "start", "digest"} and fact["length"] == len(VALUE)


def test_a_run_without_secrets_gets_no_such_file(home: Path) -> None:
    folder = runfolder.reserve_run(home, now())
    note_secrets(home, folder, {"PATH": "/usr/bin", "HOME": "/root", "SHORT_KEY": "abc"})
    assert not folder.environment.exists() and not (home / "masking.json").exists()


def test_a_training_of_the_server_is_noted_as_well(
    supervisor: Supervisor, config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_TOKEN", VALUE)
    run = supervisor.create({"baseModel": "raises"}, "a test")
    supervisor.start_queued()
    monkeypatch.delenv("HF_TOKEN")
    assert masker_of(config, run).whole(f"with {VALUE}.").text == "with ***."


@pytest.mark.parametrize(
    "said",
    [
        "{", "[]", '{"secrets": 5}', '{"secrets": [5, null, {}]}', '{"secrets": [{"length": "x"}]}',
        json.dumps({"secrets": [{"length": 10**9, "start": 1, "digest": "0"}] * 9}),
        json.dumps({"secrets": [{"length": 8, "start": at, "digest": "x"} for at in range(999)]}),
    ],
)  # fmt: skip
def test_a_run_that_damages_its_own_fingerprints_damages_no_report(
    home: Path, config: Config, store: Store, said: str
) -> None:
    lastwords(home, "run", "--quiet", "--", sys.executable, "-c", "raise ValueError('x y z')")
    (folder,) = home.glob("runs/*/1")
    (folder / "environment.json").write_text(said)
    assert "ValueError: x y z" in write_report(config, store.find("latest")).text


def test_a_home_that_takes_no_note_costs_the_run_nothing(home: Path) -> None:
    (home / "masking.json").mkdir()
    lastwords(home, "run", "--quiet", "--", "true", MY_SERVICE_PASSWORD=VALUE)
    (result,) = home.glob("runs/*/1/result.json")
    assert json.loads(result.read_text())["exitCode"] == 0


KEY = b"0123456789abcdef"


@pytest.mark.parametrize(
    "value", [VALUE, "p@ss w/rd!", "$ecret(1)", "ünïcode-secret", "x" * LONGEST]
)
def test_a_value_is_found_between_the_edges_of_words(value: str) -> None:
    known = Fingerprints(KEY, [fingerprint(KEY, value), fingerprint(KEY, "another value")])
    for before, after in (
        ("", ""),
        ("is ", "."),
        ("'", "'"),
        ("a=", "\n"),
        ("(", ")"),
        ("/", "@h"),
    ):
        data = f"{before}{value}{after}".encode()
        start = len(before.encode())
        assert (start, start + len(value.encode())) in list(known.spans(data)), (before, after)
    assert list(known.spans(f"{value[:-1]}# and {value[1:]}".encode())) == []
    assert list(Fingerprints(b"another key", [fingerprint(KEY, value)]).spans(value.encode())) == []


GIVEN = ("correcthorse", "hunter2", "sunshine", "12345678901", "p@ss w0rd")
AROUND = (
    "login({!r})",
    "KeyError: {!r}",
    "value {} refused",
    "a{}b",
    "http://h/?x={}",
    "<b>{}</b>",
)


def test_an_ordinary_word_given_as_a_secret_is_masked_wherever_it_stands(tmp_path: Path) -> None:
    home = tmp_path / "home"
    lines = [around.format(value) for value in GIVEN for around in AROUND]
    script = tmp_path / "script.py"
    script.write_text(f"for line in {lines!r}: print(line)\nraise SystemExit({lines[-3]!r})\n")
    one, two, three, four, five = GIVEN
    flags = ["--password", one, f"--api-key={two}", f"DB_PASSWORD={three}", "--token", four]
    command = [sys.executable, str(script), *flags]
    lastwords(home, "run", "--quiet", "--", *command, "--client-secret", five)
    for way, text in ways_out(home).items():
        assert not [value for value in GIVEN if value in text], way


def test_a_short_value_of_a_runs_environment_is_masked_from_another_shell(tmp_path: Path) -> None:
    home = tmp_path / "home"
    code = "import os; raise RuntimeError('login(%r)' % os.environ['MY_SERVICE_PASSWORD'])"
    command = ["run", "--quiet", "--", sys.executable, "-c", code]
    lastwords(home, *command, MY_SERVICE_PASSWORD="hunter2")
    for way, text in ways_out(home).items():
        assert "hunter2" not in text, way
