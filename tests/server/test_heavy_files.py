"""What a run left is huge, or there is very much of it; nobody else has to wait for that."""

from __future__ import annotations

import hashlib
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from tests.real import Answer, Server, until
from tests.server.test_readers import MOST, assert_others_are_served, seconds_of

from lastwords.folders import runfolder

TERABYTE = 1 << 40
MANY = 30_000


@pytest.fixture
def left_by(server: Server) -> tuple[str, Path]:
    """A finished run of the server, and the folder of its artifacts."""
    run_id = server.train("trains")
    assert server.ended(run_id)["status"] == "completed"
    return run_id, runfolder.attempt_folder(server.home, run_id, 1).artifacts


def _sums(server: Server, run_id: str) -> dict[str, str | None]:
    listed = server.get(f"/runs/{run_id}/artifacts").json["artifacts"]
    return {artifact["path"]: artifact["sha256"] for artifact in listed}


def test_a_terabyte_is_listed_at_once_and_holds_up_neither_small_files_nor_the_end(
    server: Server, left_by: tuple[str, Path]
) -> None:
    run_id, folder = left_by
    with (folder / "a-huge-file").open("wb") as file:
        try:
            file.truncate(TERABYTE)
        except OSError:
            pytest.skip("the file system of the temporary folder takes no file of a terabyte")

    def listed(_: int) -> Answer:
        return server.get(f"/runs/{run_id}/artifacts")

    with ThreadPoolExecutor(36) as pool:
        asked = pool.map(listed, range(36))
        assert_others_are_served(server)
        assert {answer.status for answer in asked} == {200}
    sums = until(lambda: (s := _sums(server, run_id)) and list(s.values()).count(None) == 1 and s)
    config = (folder / "adapter_config.json").read_bytes()
    assert sums["a-huge-file"] is None
    assert sums["adapter_config.json"] == hashlib.sha256(config).hexdigest()
    assert seconds_of(server.end, 1)[0] < 30


def test_many_files_are_listed_and_handed_out_without_looking_at_all_of_them_each_time(
    server: Server, left_by: tuple[str, Path]
) -> None:
    run_id, folder = left_by
    for place in ("", "checkpoint-1"):
        (folder / place).mkdir(exist_ok=True)
        for number in range(MANY // 2):
            (folder / place / f"shard-{number}").touch()
    for place in ("", "checkpoint-1"):
        os.utime(folder / place, (1, 1))  # as if it was left some time ago
    first = server.get(f"/runs/{run_id}/artifacts").json
    assert first["total"] >= MANY and len(first["artifacts"]) == 10_000
    until(lambda: None not in _sums(server, run_id).values())
    found: list[Answer] = []
    for path in ("artifacts", f"artifacts/checkpoint-1/shard-{MANY // 2 - 1}"):
        times = seconds_of(lambda p=path: found.append(server.get(f"/runs/{run_id}/{p}")), 9)  # type: ignore[misc]
        assert times[0] < MOST, path
    assert {answer.status for answer in found} == {200}
    assert found[-1].headers["Content-Disposition"].endswith(f"shard-{MANY // 2 - 1}")
