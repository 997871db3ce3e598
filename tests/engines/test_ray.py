"""Ray itself: who gets in, and what it says of jobs."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.engines.ray_kit import RayCluster
from tests.real import until

from lastwords.executors.engines import EngineAway, EngineRefused, JobState, Resources
from lastwords.executors.ray import RayEngine
from lastwords.executors.ray_api import RayApi


@pytest.fixture
def api(ray: RayCluster) -> RayApi:
    return RayApi(ray.address, ray.token_file)


@pytest.fixture
def engine(api: RayApi) -> RayEngine:
    return RayEngine(api, {"LW_PYTHON": "/bin/sh", "LW_PYZ": "-"})


def script(text: str, tmp_path: Path) -> dict[str, str]:
    """Have a shell script run instead of `place`."""
    path = tmp_path / "job.sh"
    path.write_text(text)
    return {"LW_PYZ": str(path)}


def ended(engine: RayEngine, job: str) -> JobState:
    return until(lambda: (state := engine.jobs()[job]).word == "ended" and state)


def test_its_version_is_told(api: RayApi) -> None:
    api.refuse_unguarded()
    assert api.version() == "2.60.0"


@pytest.mark.parametrize(
    ("token", "words"), [("", "does not hold a token"), ("wrong", "does not take the token")]
)
def test_a_token_that_is_none_or_wrong_is_told(
    ray: RayCluster, tmp_path: Path, token: str, words: str
) -> None:
    path = tmp_path / "token"
    path.write_text(token)
    path.chmod(0o600)
    with pytest.raises(EngineRefused, match=words):
        RayApi(ray.address, path).version()
    assert ray.ask("GET", "/api/version", None)[0] == 401


def test_a_cluster_without_a_token_is_refused(ray: RayCluster, tmp_path: Path) -> None:
    open_to_all = RayCluster(auth="disabled")
    try:
        open_to_all.start_alone()
        api = RayApi(open_to_all.address, open_to_all.token_file)
        engine = RayEngine(api, {})
        with pytest.raises(EngineRefused, match="answers without a token"):
            engine.submit("lw-1", {}, Resources())
        assert engine.jobs() == {}
    finally:
        open_to_all.close()


def test_jobs_end_as_they_end(engine: RayEngine, tmp_path: Path) -> None:
    for code in (0, 3):
        variables = script(f"exit {code}", tmp_path)
        job = engine.submit(f"lw-exit-{code}", variables, Resources())
        state = ended(engine, job)
        assert (state.exit, state.ended) == (code, "failed" if code else "completed")


def test_a_name_is_placed_once(engine: RayEngine, api: RayApi, tmp_path: Path) -> None:
    ran = tmp_path / "ran"
    variables = script(f"echo . >> {ran}", tmp_path)
    assert engine.look_up("lw-once") is None
    for _ in range(2):
        assert engine.submit("lw-once", variables, Resources()) == "lw-once"
    assert engine.look_up("lw-once") == "lw-once"
    ended(engine, "lw-once")
    assert ran.read_text() == ".\n"
    with pytest.raises(EngineAway, match="already exists"):  # so it is looked up before
        api.ask("POST", "/api/jobs/", {"submission_id": "lw-once", "entrypoint": "true"})


def test_what_has_no_room_waits(engine: RayEngine) -> None:
    job = engine.submit("lw-large", {}, Resources(cpus=1000))
    assert engine.jobs()[job] == JobState("queued", "waiting for resources")
    engine.cancel(job)


def test_a_job_that_is_cancelled_gets_its_grace(engine: RayEngine, tmp_path: Path) -> None:
    said = tmp_path / "said"
    text = (
        f"trap 'sleep 2; echo saved > {said}; exit 0' TERM; echo > {said}; sleep 600 & wait; wait"
    )
    job = engine.submit("lw-stopped", script(text, tmp_path), Resources())
    until(said.exists)
    assert engine.jobs()[job].word == "running"
    engine.cancel(job)
    assert ended(engine, job) == JobState("ended", "STOPPED", ended="cancelled")
    assert said.read_text() == "saved\n"


def test_what_it_does_not_know_is_not_there(engine: RayEngine) -> None:
    engine.cancel("lw-never")
    assert "lw-never" not in engine.jobs()
