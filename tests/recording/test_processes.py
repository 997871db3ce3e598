"""Processes by identity: the kernel's word, and no signal to a stranger."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.real import CHILD, until

from lastwords.recording import processes


@pytest.fixture
def sleeper() -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(["sleep", "60"], env={**os.environ, "COOKIE": "of/a test"}) as process:
        yield process
        process.kill()


def test_a_living_process_has_an_identity_and_is_alive(sleeper: subprocess.Popen[bytes]) -> None:
    identity = processes.identify(sleeper.pid)
    assert identity is not None and processes.is_alive(identity)


def test_an_identity_survives_being_json(sleeper: subprocess.Popen[bytes]) -> None:
    identity = processes.identify(sleeper.pid)
    assert identity is not None
    assert processes.Identity.from_json(identity.to_json()) == identity


def test_nobody_has_no_identity() -> None:
    assert processes.identify(2**22 + 1) is None


def test_a_zombie_is_not_alive_and_still_tells_its_exit_status() -> None:
    with subprocess.Popen([sys.executable, str(CHILD), "exits-7"], stdout=-3) as process:
        identity = processes.identify(process.pid)
        assert identity is not None
        until(lambda: not processes.is_alive(identity))
        status = processes.wait_status(identity, None)
    assert status is not None and os.waitstatus_to_exitcode(status) == 7


def test_a_reaped_process_tells_its_exit_status_by_a_pidfd_where_the_kernel_can() -> None:
    with subprocess.Popen([sys.executable, str(CHILD), "exits-7"], stdout=-3) as process:
        identity = processes.identify(process.pid)
        assert identity is not None
        pidfd = processes.open_pidfd(identity)
    assert pidfd is not None
    status = processes.wait_status(identity, pidfd)
    os.close(pidfd)
    if status is None:
        pytest.skip("this kernel does not keep exit statuses (Linux 6.15 does)")
    assert os.waitstatus_to_exitcode(status) == 7


def test_no_signal_reaches_another_process_with_the_same_pid(
    sleeper: subprocess.Popen[bytes],
) -> None:
    identity = processes.identify(sleeper.pid)
    assert identity is not None
    earlier = identity._replace(start_ticks=identity.start_ticks - 1)
    assert not processes.is_alive(earlier)
    assert not processes.send_signal(earlier, signal.SIGKILL)
    assert sleeper.poll() is None


def test_a_process_of_another_boot_is_not_alive(sleeper: subprocess.Popen[bytes]) -> None:
    identity = processes.identify(sleeper.pid)
    assert identity is not None
    assert not processes.is_alive(identity._replace(boot_id="another"))


def test_a_signal_reaches_the_process_itself(sleeper: subprocess.Popen[bytes]) -> None:
    identity = processes.identify(sleeper.pid)
    assert identity is not None and processes.send_signal(identity, signal.SIGTERM)
    assert sleeper.wait(60) == -signal.SIGTERM
    assert not processes.send_signal(identity, signal.SIGTERM)


def test_descendants_are_found_parents_first() -> None:
    script = "sh -c 'sleep 60 & sleep 60' & wait"
    with subprocess.Popen(["sh", "-c", script], start_new_session=True) as process:
        found = until(lambda: len(f := processes.descendants(process.pid)) == 3 and f)
        commands = [Path(f"/proc/{identity.pid}/comm").read_text() for identity in found]
        os.killpg(process.pid, signal.SIGKILL)
    assert commands == ["sh\n", "sleep\n", "sleep\n"]


def test_a_process_is_found_by_its_cookie(sleeper: subprocess.Popen[bytes]) -> None:
    found = until(lambda: processes.with_cookie("COOKIE", "of/a test"))
    assert [identity.pid for identity in found] == [sleeper.pid]
    assert processes.with_cookie("COOKIE", "of/a tes") == []


@pytest.mark.parametrize("number", [1, 9, 15, signal.SIGRTMIN + 3])
def test_the_name_of_a_signal_leads_back_to_its_number(number: int) -> None:
    assert processes.signal_number(processes.signal_name(number)) == number


def test_a_command_whose_name_holds_brackets_is_read_right() -> None:
    script = "exec -a 'evil) Z 1 (' sleep 60"
    with subprocess.Popen(["bash", "-c", script]) as process:
        identity = processes.identify(process.pid)
        assert identity is not None and processes.is_alive(identity)
        process.kill()
