"""A log that somebody takes away, replaces or cuts while it is written, or after."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.child import numbered_line
from tests.real import (
    clean_environment,
    log_bytes,
    new_attempt,
    record,
    result_of,
    says,
    start,
    until,
)

from lastwords.executors.local import LocalExecutor
from lastwords.folders import runfolder
from lastwords.folders.runfolder import AttemptFolder, read_fact
from lastwords.logs.logfile import LogFile, LogUnreadable, open_checked
from lastwords.logs.newlines import BLOCK
from lastwords.recording import kept_file, notices, processes, recorder
from lastwords.recording.kept_file import KeptFile
from lastwords.supervision import flags

LINES = 2500


def shell(home: Path, script: str, **asked: Any) -> AttemptFolder:
    return start(new_attempt(home, ["sh", "-c", script], **asked))


def waiting(home: Path, then: str = "echo after") -> tuple[AttemptFolder, Path]:
    """A run that said `before` and goes on when it is let."""
    go = home.parent / "go"
    script = f"echo before; while [ ! -e {go} ]; do sleep 0.02; done; {then}; exit 5"
    folder = shell(home, script)
    says(folder, b"before")
    return folder, go


def told(folder: AttemptFolder) -> list[str]:
    return [notice["detail"] for notice in notices.told(folder) if notice["notice"] in LOG]


LOG = ("log_tampered",)


def is_looked_at(folder: AttemptFolder) -> None:
    """Wait until the recorder has looked at log and tree, and taken a sample."""
    until(folder.samples.exists)
    sampled = folder.samples.stat().st_size
    until(lambda: folder.samples.stat().st_size > sampled)


def acts(folder: AttemptFolder) -> list[str]:
    return [act["what"] for act in result_of(folder)["logTampering"] or []]


def final(folder: AttemptFolder) -> set[str]:
    """The names of the flags that the run keeps."""
    lasting = flags.lasting(notices.told(folder), result_of(folder))
    return {flag["flag"] for flag in lasting}


# --- under way -----------------------------------------------------------------------------------


def test_a_log_that_is_removed_is_put_back_and_goes_on(home: Path) -> None:
    folder, go = waiting(home)
    folder.log.unlink()
    assert says(folder, b"before\n")
    go.touch()
    result = result_of(folder)
    assert log_bytes(folder) == b"before\nafter\n" and result["logBytes"] == 13
    assert acts(folder) == ["removed"] and final(folder) == {"log_tampered"}
    open_checked(folder).close()


@pytest.mark.parametrize(
    ("script", "what"),
    [
        ("echo precious; rm output.log; echo more; exit 1", "removed"),
        ("echo precious; mv output.log elsewhere; echo more; exit 1", "removed"),
        ("echo precious; mv output.log x; echo forged > output.log; echo more; exit 1", "replaced"),
        ("echo precious; rm output.log; mkfifo output.log; echo more; exit 1", "replaced"),
        (
            "echo precious; ln -sf /etc/passwd output.log; echo more; exit 1",
            "replaced",
        ),
        ("echo precious; rm output.log; mkdir output.log; echo more; exit 1", "replaced"),
    ],
)
def test_what_its_child_does_to_a_log_in_its_last_moment_costs_no_byte(
    home: Path, script: str, what: str
) -> None:
    folder = shell(home, script)
    result = result_of(folder)
    assert log_bytes(folder) == b"precious\nmore\n" and result["logBytes"] == 14
    assert acts(folder) == [what] and "log_tampered" in final(folder)


def test_what_took_the_logs_place_is_kept_beside_it(home: Path) -> None:
    folder = shell(home, "echo own; mv output.log x; echo foreign > output.log; exit 1")
    result_of(folder)
    assert (folder.path / "output.log.replaced").read_bytes() == b"foreign\n"
    assert "output.log.replaced" in told(folder)[0]


def test_a_log_that_is_removed_again_and_again_keeps_every_line(home: Path) -> None:
    folder = record(home, f"counts-{LINES}-then-exits-3")
    for _ in range(40):
        folder.log.unlink(missing_ok=True)
        time.sleep(0.05)
    assert not folder.result.exists(), "it was removed while it was written"
    result_of(folder)
    assert log_bytes(folder) == b"".join(map(numbered_line, range(LINES))) + b"exits with 3\n"
    assert len(acts(folder)) >= 2


def test_a_large_log_is_put_back_bit_by_bit(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A stop must not wait until it is copied."""
    monkeypatch.setattr(kept_file, "_PIECE", 1000)
    folder = new_attempt(home, ["true"])
    descriptor = os.open(folder.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.write(descriptor, bytes(range(250)) * 40)
    kept = KeptFile(folder.log, descriptor)
    folder.log.unlink()
    assert kept.look(most=3000) and not kept.is_whole and kept.size == 3000
    os.write(descriptor, b"more")
    while not kept.is_whole:
        assert kept.look(most=3000) is None
    assert log_bytes(folder) == bytes(range(250)) * 40 + b"more"
    kept.close()


def test_what_cannot_be_put_back_at_first_is_put_back_later(home: Path) -> None:
    folder, go = waiting(home)
    elsewhere = folder.path.with_name("elsewhere")
    folder.path.rename(elsewhere)
    (elsewhere / "output.log").unlink()
    time.sleep(0.3)  # a few looks, all in vain
    elsewhere.rename(folder.path)
    until(folder.log.is_file)
    go.touch()
    result_of(folder)
    assert log_bytes(folder) == b"before\nafter\n"


# --- cut -----------------------------------------------------------------------------------------


def test_of_a_log_that_was_cut_it_is_told_how_many_bytes_are_missing(home: Path) -> None:
    folder, go = waiting(home)
    until(lambda: (folder.timeline).stat().st_size)
    os.truncate(folder.log, 3)
    until(lambda: told(folder))
    go.touch()
    result = result_of(folder)
    assert log_bytes(folder) == b"befafter\n" and result["logBytes"] == 9
    (act,) = result["logTampering"]
    assert (act["what"], act["had"], act["has"]) == ("cut", 7, 3)
    assert "at least 4 of its 7 bytes are missing" in told(folder)[0]
    assert final(folder) == {"log_tampered"}


def test_a_log_that_was_cut_and_has_grown_past_where_it_was_is_noticed(home: Path) -> None:
    """As copytruncate of logrotate does it to a program that says a lot."""
    then = ": > output.log; for i in 1 2 3 4 5 6; do echo later and longer $i; done"
    folder, go = waiting(home, then)
    is_looked_at(folder)
    go.touch()
    (act,) = result_of(folder)["logTampering"]
    assert (act["what"], act["had"]) == ("cut", 7)
    assert log_bytes(folder).startswith(b"later and longer 1\n")


def test_a_log_that_only_grows_is_never_called_cut(home: Path) -> None:
    folder = record(home, "counts-300-then-exits-0")
    assert result_of(folder)["logTampering"] is None and final(folder) == set()


def writer(home: Path) -> tuple[AttemptFolder, Callable[[str], None]]:
    """A run that writes so many lines of so many bytes as it is told, each of them numbered."""
    told_by = home.parent / "told"
    told_by.mkdir()
    code = (
        "import os, sys, time, pathlib\n"
        "place, number = pathlib.Path(sys.argv[1]), 0\n"
        "while True:\n"
        "    for order in sorted(place.glob('order*')):\n"
        "        for _ in range(int(order.read_text())):\n"
        "            number += 1\n"
        "            os.write(1, b'%09d\\n' % number)\n"
        "        order.unlink()\n"
        "    time.sleep(0.01)\n"
    )
    folder = start(new_attempt(home, [sys.executable, "-c", code, str(told_by)]))
    numbers: Iterator[int] = iter(range(100))

    def order(count: str) -> None:
        path = told_by / f"order{next(numbers):02d}"
        (told_by / "draft").write_text(count)
        (told_by / "draft").rename(path)
        until(lambda: not path.exists())

    return folder, order


def test_a_cut_log_is_counted_anew_and_its_lines_have_no_times_that_are_not_theirs(
    home: Path,
) -> None:
    folder, order = writer(home)
    order("30000")  # 300,000 bytes: four blocks, which are counted
    until(lambda: _time_of(folder, 30_000))
    with LogFile(folder) as log:
        assert log.count_lines() == 30000
        before = log.generation
    assert folder.lines.stat().st_size == 8 * (300_000 // BLOCK + 1)
    os.truncate(folder.log, 1000)
    until(lambda: told(folder))
    until(lambda: _generation(folder) != before)
    order("25000")
    until(lambda: _time_of(folder, 25100))
    with LogFile(folder) as log:
        assert log.count_lines() == 25100
        assert [line.text for line in log.lines(25099, 5)] == ["000054999", "000055000"]
        assert log.lines(1, 1)[0].time is None
    recorder.request_stop(folder, "a test", reason="x")
    result_of(folder)


def _time_of(folder: AttemptFolder, number: int) -> str | None:
    with LogFile(folder) as log:
        return log.lines(number, 1)[0].time


def _generation(folder: AttemptFolder) -> str:
    with LogFile(folder) as log:
        return log.generation


# --- all that is in the folder -------------------------------------------------------------------


def test_a_folder_that_its_child_empties_has_its_facts_and_its_log_back(home: Path) -> None:
    again = home.parent / "again"
    then = f"rm -rf *; while [ ! -e {again} ]; do sleep 0.02; done; echo after"
    folder, go = waiting(home, then)
    spec, child = read_fact(folder.spec), read_fact(folder.child)
    go.touch()
    until(lambda: {"log_tampered", "facts_restored"} <= {n["notice"] for n in notices.told(folder)})
    again.touch()
    result = result_of(folder)
    assert (result["exitCode"], log_bytes(folder)) == (5, b"before\nafter\n")
    assert (read_fact(folder.spec), read_fact(folder.child)) == (spec, child)
    assert final(folder) == {"log_tampered", "facts_restored"}
    with LogFile(folder) as log:
        assert all(line.time for line in log.lines(1, 2))


@pytest.mark.parametrize("how", ["held open", "by name"])
def test_events_that_were_removed_are_whole_in_the_end(home: Path, how: str) -> None:
    """Some trainers hold the file open, some open it for each line."""
    code = (
        "import os, time\n"
        "def open_events():\n"
        "    return os.open(os.environ['EVENTS'], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)\n"
        "held = open_events()\n"
        "for number in range(40):\n"
        f"    events = held if {how == 'held open'} else open_events()\n"
        "    os.write(events, b'{\"number\": %d}\\n' % number)\n"
        "    time.sleep(0.1)\n"
        "    number == 15 and os.unlink(os.environ['EVENTS'])\n"
    )
    folder = new_attempt(home, [sys.executable, "-c", code])
    recorder.start(folder, clean_environment(EVENTS=str(folder.events)), subprocess.DEVNULL)
    result_of(folder)
    wanted = b"".join(b'{"number": %d}\n' % number for number in range(40))
    assert folder.events.read_bytes() == wanted and final(folder) == {"facts_restored"}


def test_a_run_whose_folder_was_emptied_can_still_be_stopped(home: Path) -> None:
    folder = shell(home, "echo before; rm -rf *; exec sleep 60")
    until(lambda: any(told["notice"] == "facts_restored" for told in notices.told(folder)))
    assert recorder.is_recorded(folder) and LocalExecutor().ending(folder, 1.0) is None
    recorder.request_stop(folder, "a test", reason="stopped_by_user")
    result = result_of(folder)
    assert result["signal"] == "SIGTERM" and result["stop"]["by"] == "a test"


def test_a_stop_that_was_noted_while_nobody_could_be_signalled_is_heard(home: Path) -> None:
    folder, _ = waiting(home)
    folder.child.write_text("{")  # damaged, and there: it is not put back
    recorder.request_stop(folder, "a test", reason="stopped_by_user")
    result = result_of(folder)
    assert result["signal"] == "SIGTERM" and result["stop"]["by"] == "a test"


def test_a_lock_that_is_removed_is_held_again_and_nobody_adopts_the_run(home: Path) -> None:
    folder, go = waiting(home)
    folder.lock.unlink()
    executor = LocalExecutor()
    assert recorder.is_recorded(folder) and executor.ending(folder, 1.0) is None
    until(folder.lock.exists)
    go.touch()
    assert "adopted" not in until(lambda: executor.ending(folder, 1.0))
    executor.forget(folder)


# --- after the recorder's death ------------------------------------------------------------------


def test_the_log_of_an_adopted_run_is_put_back_too(home: Path) -> None:
    folder, go = waiting(home)
    identity = recorder.recorder_identity(folder)
    assert identity is not None
    processes.send_signal(identity, signal.SIGKILL)
    until(lambda: not recorder.is_recorded(folder))
    folder.log.unlink()
    executor = LocalExecutor()
    assert executor.ending(folder, 1.0) is None and log_bytes(folder) == b"before\n"
    go.touch()
    ending = until(lambda: executor.ending(folder, 1.0))
    executor.forget(folder)
    assert log_bytes(folder) == b"before\nafter\n" and ending["logBytes"] == 13
    assert ending["seconds"] > 0 and "log_tampered" in final(folder)


# --- after the end -------------------------------------------------------------------------------


@pytest.fixture
def ended(home: Path) -> AttemptFolder:
    folder = shell(home, "echo one; echo two; exit 1")
    result_of(folder)
    until(lambda: not recorder.is_recorded(folder))  # it tidies up after the result
    return folder


def test_bytes_added_after_the_end_are_not_of_the_log(ended: AttemptFolder) -> None:
    with ended.log.open("ab") as file:
        file.write(b"three\n")
    with open_checked(ended) as log:
        assert log.size == 8 and log.count_lines() == 2
        assert b"".join(log.chunks(0, 100)) == b"one\ntwo\n"


@pytest.mark.parametrize(
    ("happens", "words"),
    [
        (lambda log: log.unlink(), "had 8 bytes when the run ended, and now has 0"),
        (lambda log: os.truncate(log, 5), "had 8 bytes when the run ended, and now has 5"),
        (lambda log: log.write_bytes(b"one\ntWo\n"), "was changed after the run"),
        (lambda log: log.write_bytes(b"a longer one\n"), "was changed after the run"),
    ],
)
def test_a_log_that_is_not_what_its_run_left_is_an_error_that_says_so(
    ended: AttemptFolder, happens: Callable[[Path], None], words: str
) -> None:
    happens(ended.log)
    with pytest.raises(LogUnreadable, match=words):
        open_checked(ended)


def test_a_log_of_a_home_that_was_moved_is_what_its_run_left(
    ended: AttemptFolder, tmp_path: Path
) -> None:
    moved = tmp_path / "moved" / runfolder.runs_folder(Path()) / ended.run_id / "1"
    shutil.copytree(ended.path, moved)
    with open_checked(AttemptFolder(moved)) as log:
        assert log.size == 8
