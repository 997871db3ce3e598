"""What waits to be told: whoever leaves it, nothing is lost, told twice or told too late."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
from tests.conftest import TOKEN
from tests.notifications.conftest import Receiver, letters
from tests.real import Server, clean_environment, until

from lastwords.config import Config
from lastwords.folders import runfolder
from lastwords.notifications import Delivery, outbox, post
from lastwords.records import Run


def test_of_too_many_letters_the_oldest_gives_way(
    config: Config, ended: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "MOST_WAITING", 2)
    for attempt in (1, 2, 3):
        post(config, replace(ended, attempt=attempt))
        os.utime(letters(config)[-1], (time.time() - 100 + attempt,) * 2)
    assert [path.name for path in letters(config)] == [f"{ended.id}-{n}.json" for n in (2, 3)]


def test_a_letter_that_no_server_came_for_in_time_is_not_sent(
    config: Config, ended: Run, receiver: Receiver
) -> None:
    config = replace(config, notify_webhook=receiver.url)
    post(config, ended)
    os.utime(letters(config)[0], (time.time() - outbox.EXPIRY_SECONDS - 1,) * 2)
    Delivery(config).deliver()
    assert not receiver.came and not letters(config)


def test_an_outbox_that_cannot_be_written_stops_nothing(
    config: Config, ended: Run, caplog: pytest.LogCaptureFixture
) -> None:
    shutil.rmtree(config.home / "outbox")
    (config.home / "outbox").write_text("in its place")
    post(config, ended)
    assert "no notification for" in caplog.text


@pytest.mark.parametrize("at_the_shell", [False, True], ids=["server alone", "both"])
def test_the_end_of_every_run_of_a_shell_is_told_once_by_the_servers_settings(
    home: Path, receiver: Receiver, at_the_shell: bool
) -> None:
    """A shell that settles first knows nothing of what the server was told to notify."""
    hook = {"LASTWORDS_NOTIFY_WEBHOOK": receiver.url}
    server = Server(home, {"LASTWORDS_TOKEN": TOKEN, **hook}).start()
    try:
        command = [sys.executable, "-m", "lastwords", "run", "--home", str(home), "--quiet"]
        environment = clean_environment(**(hook if at_the_shell else {}))
        for _ in range(5):
            done = subprocess.run([*command, "--", "sh", "-c", "exit 1"], env=environment)
            assert done.returncode == 1
        until(lambda: len(receiver.came) >= 5 and not _waiting(home))
    finally:
        server.end()
    told = [json.loads(body)["run"]["id"] for _, _, body in receiver.came]
    assert len(told) == len(set(told)) == 5


def _waiting(home: Path) -> list[Path]:
    return list((home / "outbox").glob("run_*"))


def test_a_run_that_ended_while_no_server_ran_is_told_by_the_next_one(
    home: Path, receiver: Receiver
) -> None:
    command = [sys.executable, "-m", "lastwords", "run", "--home", str(home), "--", "false"]
    assert subprocess.run(command, env=clean_environment()).returncode == 1
    server = Server(home, {"LASTWORDS_NOTIFY_WEBHOOK": receiver.url}).start()
    try:
        until(lambda: receiver.came)
    finally:
        server.end()
    assert json.loads(receiver.came[0][2])["run"]["exitCode"] == 1


def test_what_only_the_shell_knew_to_be_a_secret_is_masked_by_the_server(
    home: Path, receiver: Receiver
) -> None:
    environment = clean_environment(MY_PASSWORD="Hunter2Hunter3xq")
    command = [sys.executable, "-m", "lastwords", "run", "--home", str(home), "--quiet", "--"]
    for text in ("$MY_PASSWORD", "tr0ub4dor-and-3"):
        script = f'echo "ValueError: {text} is wrong" >&2; exit 1'
        more = ["sh", "--password", "tr0ub4dor-and-3"]
        done = subprocess.run([*command, "sh", "-c", script, *more], env=environment)
        assert done.returncode == 1
    server = Server(home, {"LASTWORDS_NOTIFY_WEBHOOK": receiver.url}).start()
    try:
        until(lambda: len(receiver.came) == 2)
    finally:
        server.end()
    for _, _, body in receiver.came:
        letter = json.loads(body)
        assert letter["run"]["headline"] == "ValueError: *** is wrong" and "command" not in letter


def test_of_a_run_that_was_deleted_meanwhile_the_facts_are_told_without_words(
    config: Config, ended: Run, receiver: Receiver
) -> None:
    config = replace(config, notify_webhook=receiver.url)
    post(config, replace(ended, headline="whose secrets nobody knows any more"))
    runfolder.remove_run(config.home, ended.id)
    Delivery(config).deliver()
    run = json.loads(receiver.came[0][2])["run"]
    assert (run["id"], run["status"]) == (ended.id, "cancelled")
    assert run["name"] is None and run["headline"] is None


def test_a_damaged_letter_is_taken_away_and_the_next_one_goes_out(
    config: Config, ended: Run, receiver: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    config = replace(config, notify_webhook=receiver.url)
    post(config, ended)
    (config.home / "outbox" / "run_00000000_000000-1.json").write_text("{")
    Delivery(config).deliver()
    assert len(receiver.came) == 1 and not letters(config) and "lost" in caplog.text
    assert runfolder.all_run_ids(config.home)
