"""Ray: each attempt is a job of its cluster, placed by the Jobs API.

A job's name is its submission id. What is placed is a constant command; what belongs to an attempt
goes by environment variables, which everybody with the cluster's token can read: so no token is
among them, only a code that is good once.

Ray gives a stopped job RAY_JOB_STOP_WAIT_TIME_S between its signal and SIGKILL: ours outlasts the
grace that an attempt has, so that it sees its own end.

Of a run on several nodes the job is `ray_gang`, whose text goes along: it needs Ray's client, which
the cluster's own Python has. It has `lastwords place` started on each node.

Where nothing is shared, the worker is uploaded once, as a package of Ray's: each node unpacks it,
and the job starts in it. A zip with a `__main__.py` is run by Python from its folder as well.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lastwords.addresses import server
from lastwords.executors import tables
from lastwords.executors.engines import (
    Ended,
    EngineAway,
    EngineRefused,
    JobState,
    Resources,
)
from lastwords.executors.ray_api import RayApi

PREFIX = "lw-"  # of the names of our jobs
ENTRYPOINT = 'exec "$LW_PYTHON" "$LW_PYZ" place'  # run by a shell, so it holds nobody's text
GANG = 'exec "$LW_RAY_PYTHON" -c "$LW_GANG"'
GRACE_SECONDS = 10.0  # of an attempt whose own is not told
HASTE_SECONDS = 4  # beyond an attempt's grace, until Ray kills what has not ended
_TABLE = "[executors.ray] of lastwords.toml"
_NOT_OF_RAY = ("partition", "account")
_NODE_DIED = 76  # the exit code of `ray_gang` that says so
_SLIVER = (
    0.001  # of a CPU, for what places the others: so that it is on no head, and in nobody's way
)
_DEAD: Mapping[str, Ended] = {  # in the words of Ray about a supervisor of a job that died
    "spot preemption": "preempted",
    "its node has died": "node_failed",
    "running low on memory": "out_of_memory",
}


_KINDS: tables.Kinds = {
    "address": (str, "URL of Ray's dashboard, such as https://ray.example.org:8265"),
    "token_file": (str, "file that holds Ray's token, as RAY_AUTH_TOKEN_PATH names it"),
    "ray_python": (str, "Python of the nodes that has Ray; without, the first in their PATH"),
    "upload": (bool, "whether pyz is a file on this machine, which is sent to the cluster"),
    **tables.WORKER,
}
_NEEDED = ("address", "token_file", *tables.NEEDED)


def engine(table: Mapping[str, Any]) -> RayEngine:
    """The cluster of the table [executors.ray]. Raises: InvalidSetting, which names the key."""
    tables.check("ray", table, _KINDS, _NEEDED, ("token_file",))
    try:
        api = RayApi(server(table["address"]), Path(table["token_file"]))
        api.check_address(bool(table.get("plain_http")))
    except ValueError as error:
        words = f"is {table['address']!r}, and {error}"
        raise tables.invalid("ray", "address", words) from None
    package = Path(table["pyz"]) if table.get("upload") else None
    gang = {"LW_RAY_PYTHON": str(table.get("ray_python") or "python")}
    return RayEngine(api, {**tables.variables(table), **gang}, package)


class RayEngine:
    """A cluster of Ray.

    variables: what the worker is found by. package: the worker, where it has to be uploaded.
    """

    name = "ray"
    starts_again = False

    def __init__(
        self, api: RayApi, variables: Mapping[str, str], package: Path | None = None
    ) -> None:
        self.api = api
        self.variables = variables
        self._package = package

    def submit(self, name: str, environment: Mapping[str, str], wanted: Resources) -> str:
        _check(wanted)
        self.api.refuse_unguarded()
        if self.look_up(name):  # a name that is taken is answered like any fault of Ray's
            return name
        variables = {**environment, **_stop(environment), **_gang(wanted)}
        entrypoint = GANG if wanted.nodes > 1 else ENTRYPOINT
        self.api.ask("POST", "/api/jobs/", self._job(name, entrypoint, variables, wanted))
        return name

    def probe(self, name: str) -> None:
        """Have a node looked at; the job's exit code tells, see `node_check`."""
        self.api.ask(
            "POST", "/api/jobs/", self._job(name, f"{ENTRYPOINT} --check", {}, Resources())
        )

    def _job(
        self, name: str, entrypoint: str, more: Mapping[str, str], wanted: Resources
    ) -> dict[str, Any]:
        runtime, variables = {}, {**self.variables, **more}
        if self._package:
            runtime["working_dir"] = self._uploaded(self._package)
            variables["LW_PYZ"] = "."
        job = {
            "submission_id": name,
            "entrypoint": entrypoint,
            "runtime_env": {"env_vars": variables, **runtime},
            "metadata": {"lastwords": name},
        }
        return job | _amounts(wanted)

    def _uploaded(self, path: Path) -> str:
        """The worker as a package that the cluster has; asking for it keeps it for some minutes."""
        try:
            data = path.read_bytes()
        except OSError as error:
            raise EngineRefused(
                f"{path} cannot be read ({error.strerror}): pyz in {_TABLE}"
            ) from None
        package = f"lastwords_{hashlib.sha256(data).hexdigest()[:32]}.zip"
        if self.api.ask("GET", f"/api/packages/gcs/{package}") is None:
            self.api.ask("PUT", f"/api/packages/gcs/{package}", data)
        return f"gcs://{package}"

    def look_up(self, name: str) -> str | None:
        return name if self._asked(f"/api/jobs/{name}") else None

    def jobs(self) -> Mapping[str, JobState]:
        found = self._asked("/api/jobs/")
        if not isinstance(found, list):
            raise EngineAway(f"what answers at {self.api.address} is not the dashboard of Ray")
        return {
            job["submission_id"]: _state(job)
            for job in found
            if str(job.get("submission_id")).startswith(PREFIX)
        }

    def state(self, job: str) -> JobState | None:
        """What Ray says of one job; None where it does not know it. Raises: EngineAway."""
        found = self._asked(f"/api/jobs/{job}")
        return _state(found) if found else None

    def _asked(self, path: str) -> Any:
        """What Ray tells. Raises: EngineAway, also where it denies it: nothing is said by that."""
        try:
            return self.api.ask("GET", path)
        except EngineRefused as refused:
            raise EngineAway(str(refused)) from refused

    def cancel(self, job: str) -> None:
        self.api.ask("POST", f"/api/jobs/{job}/stop")


def _stop(environment: Mapping[str, str]) -> dict[str, str]:
    """How Ray is to stop a job: later than the attempt's own grace ends."""
    grace = float(environment.get("LASTWORDS_GRACE_SECONDS") or GRACE_SECONDS)
    wait = str(math.ceil(grace) + HASTE_SECONDS)
    return {"RAY_JOB_STOP_WAIT_TIME_S": wait, "RAY_JOB_STOP_SIGNAL": "SIGTERM"}


def _amounts(wanted: Resources) -> dict[str, Any]:
    """What is wanted, in Ray's words. Without any a job is put on the head's own machine."""
    if wanted.nodes > 1:
        return {"entrypoint_num_cpus": _SLIVER}
    found = {"entrypoint_num_cpus": wanted.cpus or 1}
    if wanted.gpusPerNode:
        found["entrypoint_num_gpus"] = wanted.gpusPerNode
    if wanted.memory:
        found["entrypoint_memory"] = wanted.memory
    return found


def _gang(wanted: Resources) -> dict[str, str]:
    """What `ray_gang` is told; nothing where one node is enough."""
    if wanted.nodes == 1:
        return {}
    bundle = {"CPU": (wanted.cpus or 1) - _SLIVER}
    bundle |= {"GPU": wanted.gpusPerNode} if wanted.gpusPerNode else {}
    bundle |= {"memory": wanted.memory} if wanted.memory else {}
    text = Path(__file__).with_name("ray_gang.py").read_text(encoding="utf-8")
    return {"LW_GANG": text, "LW_BUNDLE": json.dumps(bundle), "LW_NODES": str(wanted.nodes)}


def _check(wanted: Resources) -> None:
    """Raises: EngineRefused, where Ray has no such thing."""
    for field in _NOT_OF_RAY:
        if getattr(wanted, field) is not None:
            raise EngineRefused(f"Ray has no {field}: leave it out")


def _state(job: Mapping[str, Any]) -> JobState:
    """What Ray says of a job, in the words of all engines."""
    status, code = job.get("status"), job.get("driver_exit_code")
    is_gang = job.get("entrypoint") == GANG
    if status == "PENDING":
        return JobState("queued", "waiting for resources")
    if status == "RUNNING":
        # Whether it still waits only its ranks can tell, by coming.
        return JobState("queued", "waiting for its nodes") if is_gang else JobState("running")
    if status == "SUCCEEDED":
        return JobState("ended", exit=0, ended="completed")
    if status == "STOPPED":
        return JobState("ended", "STOPPED", ended="cancelled")
    reason = str(job.get("error_type") or status)
    if is_gang and code == _NODE_DIED:
        return JobState("ended", "one of its nodes has died", None, "node_failed")
    if reason == "JOB_ENTRYPOINT_COMMAND_ERROR":
        return JobState("ended", reason, code if isinstance(code, int) else None, "failed")
    return JobState("ended", reason, None, _died_of(str(job.get("message"))))


def _died_of(message: str) -> Ended:
    return next((ended for words, ended in _DEAD.items() if words in message), "engine_failed")
