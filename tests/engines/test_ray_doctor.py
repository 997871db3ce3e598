"""What `lastwords doctor` says of a real cluster of Ray."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
from tests.engines.ray_kit import RayCluster
from tests.executors.kit import archive
from tests.real import Server

from lastwords.config import Config
from lastwords.doctor import ray as doctor
from lastwords.doctor.finding import Finding

Table = dict[str, Any]


@pytest.fixture
def table(ray: RayCluster, server: Server, tmp_path: Path) -> Table:
    return {
        "address": ray.address,
        "token_file": str(ray.token_file),
        "python": sys.executable,
        "pyz": str(archive(tmp_path)),
        "url": server.url,
        "spool": str(tmp_path / "spool"),
    }


def found(table: Table, home: Path, **changed: Any) -> list[Finding]:
    return list(doctor.check_ray(Config(home=home, executors={"ray": table | changed})))


def test_all_is_well(table: Table, home: Path) -> None:
    for upload in (False, True):
        reached, node = found(table, home, upload=upload)
        assert (reached.verdict, node.verdict) == ("ok", "ok"), (reached, node)
        assert "Ray 2.60.0" in reached.text


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"python": "/no/such/python3"}, "there is no /no/such/python3 there"),
        ({"python": "/bin/false"}, "/bin/false there is older than Python 3.11"),
        ({"pyz": "/no/such/lw.pyz"}, "there is no /no/such/lw.pyz there"),
        ({"url": "http://127.0.0.1:9"}, "http://127.0.0.1:9 is not reached from there"),
        ({"spool": "/proc/spool"}, "/proc/spool cannot be written there"),
    ],
)
def test_what_a_node_lacks_is_said(table: Table, home: Path, changed: Table, words: str) -> None:
    reached, node = found(table, home, **changed)
    assert (reached.verdict, node.verdict, bool(node.command)) == ("ok", "fail", True)
    assert words in node.text


def test_a_node_without_a_place_is_no_fault(
    table: Table, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doctor, "PROBE_SECONDS", 0.0)
    assert found(table, home)[1].verdict == "warn"


def test_who_does_not_let_us_in_is_said_with_what_mends_it(
    table: Table, home: Path, tmp_path: Path
) -> None:
    token = tmp_path / "token"
    token.write_text("wrong")
    for mode, command in ((0o644, f"chmod 600 {token}"), (0o600, "ray get-auth-token")):
        token.chmod(mode)
        (refused,) = found(table, home, token_file=str(token))
        assert refused.verdict == "fail" and command in str(refused.command)
    (away,) = found(table, home, address="http://127.0.0.1:9")
    assert "cannot be reached: Connection refused" in away.text


def test_a_table_that_is_wrong_is_said_by_its_key(table: Table, home: Path) -> None:
    for changed, words in (
        ({"adress": "x"}, "adress in [executors.ray] of lastwords.toml is not known"),
        ({"python": "python3"}, "must be an absolute path"),
        ({"address": "http://10.0.0.1:8265"}, "would be sent the token unencrypted"),
        ({"address": "ray://10.0.0.1:10001"}, "must be a URL"),
        ({"url": ""}, "url in [executors.ray] of lastwords.toml is missing"),
    ):
        (wrong,) = found(table, home, **changed)
        assert wrong.verdict == "fail" and words in wrong.text
        assert str(home / "lastwords.toml") in str(wrong.command)
