"""Section B: the recorder, the server and the host die, hang, or are there twice."""

from __future__ import annotations

import os
import resource
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from tests.faults.conftest import Got
from tests.faults.evidence import every_byte_is_kept, invariants
from tests.faults.injection import needs_strace
from tests.faults.scenes import begin, child_of, ended, kill_recorder, outcome
from tests.real import Server, says, until

from lastwords.config import Config
from lastwords.folders import runfolder
from lastwords.folders.runfolder import AttemptFolder
from lastwords.recording import processes, recorder
from lastwords.records import Run, Status
from lastwords.supervision.supervisor import Supervisor

LONG = 60.0


def folder_of(home: Path, run_id: str) -> AttemptFolder:
    return runfolder.attempt_folder(home, run_id, 1)


def flags_of(run: Run) -> list[str]:
    return [flag["flag"] for flag in run.flags]


# --- the server ----------------------------------------------------------------------------------


@pytest.mark.fault(
    "F32", "web SIGKILLed mid-run", expected="running, attempt 1, same bytes; completed/ok"
)
def test_a_server_killed_mid_run_goes_on_where_it_was(server: Server, got: Got) -> None:
    run_id = server.train("counts-200-then-waits-then-trains")
    folder = folder_of(server.home, run_id)
    until(lambda: folder.log.exists() and folder.log.stat().st_size > 10_000)
    before = server.get(f"/runs/{run_id}/log").body
    server.end(signal.SIGKILL)
    run = server.start().run(run_id)
    span = {"Range": f"bytes=0-{len(before) - 1}"}
    same = server.get(f"/runs/{run_id}/log", span).body == before
    seen = f"{run['status']}, attempt {run['attempt']}, {'same' if same else 'other'} bytes"
    (folder.path / "go").touch()
    server.ended(run_id, LONG)
    found = invariants(server.home, run_id, server)
    assert every_byte_is_kept(folder) == 200
    got(f"{seen}; {outcome(found)}")


@pytest.mark.fault(
    "F33", "web down when the run ends", expected="failed/exit_code, finished when it did"
)
def test_an_end_that_no_server_saw_is_told_by_the_next(server: Server, got: Got) -> None:
    run_id = server.train("counts-100-then-exits-3")
    folder = folder_of(server.home, run_id)
    until(folder.log.exists)
    server.end()
    result = until(lambda: runfolder.read_fact(folder.result), LONG)
    server.start()
    server.ended(run_id)
    run = invariants(server.home, run_id, server)
    assert every_byte_is_kept(folder) == 100
    when = "when it did" if run.finished_at == result["finishedAt"] else f"at {run.finished_at}"
    got(f"{outcome(run)}, finished {when}")


@pytest.mark.fault(
    "F40", "three servers of one home", expected="one leader, 6 ended, never two at once"
)
def test_several_servers_of_one_home_have_one_leader(server: Server, got: Got) -> None:
    others = [Server(server.home, server.settings).start() for _ in range(2)]
    try:
        asked = [other.train("exits-3") for other in (server, *others) for _ in range(2)]
        server.end(signal.SIGKILL)  # whoever leads, one of the others takes over
        runs = [others[0].ended(run_id, LONG) for run_id in asked]
        for run_id in asked:
            invariants(server.home, run_id, others[1])
        spans = sorted((run["startedAt"], run["finishedAt"]) for run in runs)
        alone = all(one[1] <= two[0] for one, two in zip(spans, spans[1:], strict=False))
        right = sum(run["reason"] == "exit_code" and run["attempt"] == 1 for run in runs)
        got(f"one leader, {right} ended, {'never' if alone else 'sometimes'} two at once")
    finally:
        for other in others:
            other.end(signal.SIGKILL)


@pytest.mark.fault("F41", "20 POSTs at once, one Idempotency-Key", expected="1 run, 20 answers 202")
def test_one_key_makes_one_run_of_twenty_posts(server: Server, got: Got) -> None:
    def post(_: int) -> tuple[int, str]:
        answer = server.post("/runs", {"baseModel": "exits-3"}, {"Idempotency-Key": "one"})
        return answer.status, answer.json["id"]

    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(post, range(20)))
    accepted = sum(status == 202 for status, _ in answers)
    run_ids = {run_id for _, run_id in answers} | set(runfolder.all_run_ids(server.home))
    server.ended(answers[0][1])
    got(f"{len(run_ids)} run, {accepted} answers 202")


# --- the recorder --------------------------------------------------------------------------------


@pytest.mark.fault(
    "F34", "kill -9 of the recorder, child lives", expected="running, adopted; its true end"
)
def test_an_attempt_whose_recorder_died_is_adopted(server: Server, got: Got) -> None:
    """Kernels before 6.15 do not tell the status of somebody else's child: then it is lost."""
    run_id = server.train("counts-200-then-waits-then-exits-3")
    folder = folder_of(server.home, run_id)
    kill_recorder(folder)
    run = until(lambda: (seen := server.run(run_id))["flags"] and seen)
    seen = f"{run['status']}, {run['flags'][0]['flag']}"
    (folder.path / "go").touch()
    found = server.ended(run_id, LONG)
    invariants(server.home, run_id, server)
    assert every_byte_is_kept(folder) == 200
    assert "adopted" in [flag["flag"] for flag in found["flags"]]
    told = f"{found['status']}/{found['reason']} {found['exitCode']}"
    true = told in ("failed/exit_code 3", "lost/recorder_lost None")
    got(f"{seen}; {'its true end' if true else told}")


@pytest.mark.fault(
    "F36", "recorder dies before its handshake", expected="failed/launch_failed, 0 left"
)
def test_a_recorder_that_does_not_come_up_is_a_failed_launch(
    supervisor: Supervisor, got: Got
) -> None:
    run = supervisor.create({"baseModel": "hangs"}, "a test")
    folder = supervisor.folder(run)
    folder.lock.mkdir()
    supervisor.start_queued()
    assert "Is a directory" in (supervisor.store.run(run.id).detail or "")
    found = invariants(supervisor.config.home, run.id)
    got(f"{outcome(found)}, {len(recorder.strays(folder))} left")


@needs_strace
@pytest.mark.fault("F37", "recorder dies before child.json", expected="lost/recorder_lost, 0 left")
def test_a_child_that_nobody_noted_is_found_by_its_cookie(
    supervisor: Supervisor, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, got: Got
) -> None:
    from tests.faults.injection import traced_recorder

    monkeypatch.setattr("lastwords.executors.local.LAUNCH_PATIENCE", timedelta(seconds=1))
    run = supervisor.create({"baseModel": "hangs"}, "a test")
    folder = supervisor.folder(run)
    with traced_recorder(tmp_path, "link,linkat", "signal=SIGKILL:when=1"):
        supervisor.start_queued()
    assert not folder.child.exists()
    ended(supervisor, run)
    found = invariants(supervisor.config.home, run.id)
    got(f"{outcome(found)}, {len(recorder.strays(folder))} left")


@pytest.mark.fault(
    "F38", "supervisor dies between result.json and the row", expected="failed/exit_code 3"
)
def test_the_row_becomes_what_the_result_says(
    supervisor: Supervisor, config: Config, got: Got
) -> None:
    run, folder = begin(supervisor, "exits-3")
    until(folder.result.exists)
    assert supervisor.store.run(run.id).status == Status.RUNNING
    found = invariants(config.home, run.id)  # by another supervisor: the first never looks again
    got(f"{outcome(found)} {found.exit_code}")


@needs_strace
@pytest.mark.fault("F39", "killed while it updates the row", expected="failed/exit_code, each time")
def test_a_settler_killed_in_its_update_is_made_good_by_the_next(
    supervisor: Supervisor, got: Got
) -> None:
    from tests.faults.injection import injected_scene

    outcomes = set()
    for number in (1, 2, 3, 4):
        run, folder = begin(supervisor, "exits-3")
        until(folder.result.exists)
        supervisor.store.close()
        how = f"signal=SIGKILL:when={number}"
        injected_scene("settle_once", supervisor.config.home, "pwrite64,fdatasync,fsync", how)
        outcomes.add(outcome(invariants(supervisor.config.home, run.id)))
    got(f"{', '.join(outcomes)}, each time")


@pytest.mark.fault(
    "F45", "no sign of life from the first second", expected="running; failed/killed_by_SIGKILL"
)
def test_the_verdict_needs_no_heartbeat(supervisor: Supervisor, got: Got) -> None:
    run = supervisor.create({"baseModel": "hangs"}, "a test")
    folder = supervisor.folder(run)
    folder.samples.mkdir()
    folder.notices.mkdir()
    supervisor.start_queued()
    child = child_of(folder)
    supervisor.settle()
    seen = supervisor.store.run(run.id).status
    processes.send_signal(child, signal.SIGKILL)
    ended(supervisor, run)
    got(f"{seen}; {outcome(invariants(supervisor.config.home, run.id))}")


@pytest.mark.fault(
    "F46", "recorder SIGSTOPped", expected="running, supervisor_stalled; then no flag; completed/ok"
)
def test_a_halted_recorder_is_no_death(server: Server, got: Got) -> None:
    run_id = server.train("counts-200-then-waits-then-trains")
    folder = folder_of(server.home, run_id)
    child_of(folder)
    identity = recorder.recorder_identity(folder)
    assert identity is not None
    processes.send_signal(identity, signal.SIGSTOP)
    run = until(lambda: (seen := server.run(run_id))["flags"] and seen)
    seen = f"{run['status']}, {run['flags'][0]['flag']}"
    (folder.path / "go").touch()
    says(folder, b"finished")
    assert server.run(run_id)["status"] == "running"
    processes.send_signal(identity, signal.SIGCONT)
    found = server.ended(run_id, LONG)
    assert every_byte_is_kept(folder) == 200
    left = [f["flag"] for f in found["flags"] if f["flag"] == "supervisor_stalled"] or "no flag"
    got(f"{seen}; then {left}; {outcome(invariants(server.home, run_id, server))}")


@pytest.mark.fault("F46", "the same, and its child ends", expected="failed/exit_code 5")
def test_the_end_under_a_halted_recorder_is_seen(server: Server, got: Got) -> None:
    run_id = server.train("waits-then-exits-5")
    folder = folder_of(server.home, run_id)
    child_of(folder)
    identity = recorder.recorder_identity(folder)
    assert identity is not None
    processes.send_signal(identity, signal.SIGSTOP)
    (folder.path / "go").touch()
    found = server.ended(run_id, LONG)
    got(f"{outcome(invariants(server.home, run_id, server))} {found['exitCode']}")


@pytest.mark.fault("F46", "the same, and it is cancelled", expected="cancelled/stop_forced SIGKILL")
def test_a_cancel_under_a_halted_recorder_is_carried_out(server: Server, got: Got) -> None:
    run_id = server.train("ignores-sigterm")
    folder = folder_of(server.home, run_id)
    says(folder, b"ready")
    identity = until(lambda: recorder.recorder_identity(folder))
    processes.send_signal(identity, signal.SIGSTOP)
    assert server.post(f"/runs/{run_id}/cancel").status == 202
    found = server.ended(run_id, LONG)
    got(f"{outcome(invariants(server.home, run_id, server))} {found['signal']}")


# --- what cannot be known ------------------------------------------------------------------------


@pytest.fixture
def few_files() -> Iterator[None]:
    """No file can be opened by this process any more."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    spare = os.open(os.devnull, os.O_RDONLY)
    os.close(spare)
    resource.setrlimit(resource.RLIMIT_NOFILE, (spare, hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.fault("F47a", "EMFILE at the look for life", expected="running+unknown; completed/ok")
def test_a_look_that_fails_for_want_of_files_is_no_verdict(
    supervisor: Supervisor, request: pytest.FixtureRequest, got: Got
) -> None:
    run, folder = begin(supervisor, "trains")
    until(folder.result.exists, LONG)  # it has ended well, and that cannot be read
    supervisor.store.run(run.id)
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    request.getfixturevalue("few_files")
    supervisor.settle()
    soft = min(hard, 1024)
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    seen = supervisor.store.run(run.id)
    found = ended(supervisor, run)
    got(f"{seen.status}+{','.join(flags_of(seen))}; {outcome(found)}")


@needs_strace
@pytest.mark.fault("F47b", "EACCES at the look for life", expected="running+unknown; cancelled")
def test_a_look_that_is_forbidden_is_no_verdict(supervisor: Supervisor, got: Got) -> None:
    from tests.faults.injection import injected_scene

    run, folder = begin(supervisor, "hangs")
    says(folder, b"ready")
    home = supervisor.config.home
    facts = [path.relative_to(home / "runs") for path in (folder.lock, folder.child, folder.result)]
    seen = injected_scene("settle_once", home, "openat2", "error=EACCES", *facts)
    supervisor.cancel(run.id, "a test")
    ended(supervisor, run)
    got(f"{seen}; {invariants(home, run.id).status}")
