"""What `lastwords doctor` says of a Slurm that is there, and of one that is not."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import pytest
from tests.engines.cluster import Cluster

from lastwords.config import Config
from lastwords.doctor.engines import check_engines
from lastwords.doctor.finding import Finding


@pytest.fixture
def table(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    for name in ("SLURM_CONF", "PATH"):
        monkeypatch.setenv(name, cluster.environment[name])
    place = cluster.place
    spool = str(place / "jobs")
    return {"python": sys.executable, "pyz": f"{place}/lw.pyz", "url": "https://x", "spool": spool}


def found(home: Path, table: dict[str, str]) -> dict[str, Finding]:
    config = replace(Config(home), executors={"slurm": table})
    return {finding.name: finding for finding in check_engines(config)}


def test_all_is_well(home: Path, table: dict[str, str]) -> None:
    said = found(home, table)
    assert {name: one.verdict for name, one in said.items()} == {"slurm": "ok", "slurm node": "ok"}
    assert f"Python {sys.version.split()[0]}" in said["slurm node"].text


def test_what_is_missing_on_a_node_is_named_with_what_makes_it(
    home: Path, table: dict[str, str]
) -> None:
    said = found(home, table | {"pyz": "/nowhere/lw.pyz", "spool": "/nowhere/spool"})
    assert said["slurm worker"].command == "lastwords worker-zipapp -o /nowhere/lw.pyz"
    assert said["slurm spool"].command == "mkdir -p -m 700 /nowhere/spool"


def test_a_python_that_is_not_there_fails(home: Path, table: dict[str, str]) -> None:
    assert found(home, table | {"python": "/nowhere/python"})["slurm node"].verdict == "fail"


def test_a_controller_that_does_not_answer_fails(
    home: Path, table: dict[str, str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("SLURM_CONF", str(tmp_path / "slurm.conf"))
    said = found(home, table)
    assert [(one.name, one.verdict, one.command) for one in said.values()] == [
        ("slurm", "fail", "scontrol ping")
    ]
