"""A real cluster of Ray for tests: a head and a node, each with all its processes in a namespace.

The kernel ends a namespace's processes with its first one: nothing is left, whatever a test does.
Ray is installed in an environment of its own: `npm run engines`.
"""

from __future__ import annotations

import http.client
import json
import os
import shutil
import subprocess
import tempfile
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.real import ROOT, clean_environment, free_ports, until

VENV = ROOT / ".venv-ray"
TOKEN = "a1b2c3d4e5f60718293a4b5c6d7e8f90"
# Whoever kills the tests ends their cluster.
_NAMESPACE = (
    *("setpriv", "--pdeathsig", "KILL"),
    *("unshare", "--pid", "--fork", "--kill-child", "--mount-proc"),
)
# A machine outlives the Ray on it, and buries what that leaves.
_FIRST = ("sh", "-c", '"$@" & wait; while :; do sleep 1; done', "sh")
_USER = () if os.geteuid() == 0 else ("--map-root-user",)
# Ray's own defaults for these lie side by side, and may be taken by another cluster.
_PORTS = """
    node-manager-port object-manager-port dashboard-agent-listen-port dashboard-agent-grpc-port
    runtime-env-agent-port metrics-export-port
""".split()
_HEAD_PORTS = ("port", "dashboard-port", "ray-client-server-port")
_LITTLE = ("--object-store-memory=80000000", "--min-worker-port=0", "--max-worker-port=0")


def missing_for_ray() -> str | None:
    """What has to be there for a cluster, and is not."""
    if not (VENV / "bin" / "ray").exists():
        return "Ray is not installed: npm run engines installs it"
    if subprocess.run([*_NAMESPACE, *_USER, "true"], capture_output=True).returncode:
        return "Ray: namespaces may not be made here, see unshare(1)"
    return None


@dataclass
class RayCluster:
    """A head without resources, as one is set up, and a node that jobs are placed on.

    auth: RAY_AUTH_MODE. folder: short, because the names of sockets in it have 107 bytes at most.
    """

    auth: str = "token"
    cpus: int = 4
    folder: Path = field(default_factory=lambda: Path(tempfile.mkdtemp(prefix="lwr")))
    parts: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    ports: dict[str, int] = field(default_factory=dict)
    is_new: bool = False  # whether its head knows nothing of its node

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.ports['dashboard-port']}"

    @property
    def token_file(self) -> Path:
        return self.folder / "token"

    def start(self) -> RayCluster:
        """Start both; returns once jobs can be placed."""
        self.start_alone()
        self.start_node()
        return self

    def start_alone(self) -> None:
        """Start the head, at the same address as one before; nothing can be placed on it."""
        if not self.ports:
            self.ports = dict(zip(_HEAD_PORTS, free_ports(len(_HEAD_PORTS)), strict=True))
            self.token_file.write_text(f"{TOKEN}\n")
            self.token_file.chmod(0o600)
        self.is_new = "node" in self.parts
        own = [f"--{name}={port}" for name, port in self.ports.items()]
        self._start("head", ["--head", "--dashboard-host=127.0.0.1", "--num-cpus=0", *own])
        until(lambda: self._nodes() is not None)

    def start_node(self, name: str = "node") -> None:
        """A node that jobs are placed on."""
        known = self._nodes() or []
        # Ray calls this machine by its address in the network, never 127.0.0.1.
        head = f"{known[0]['nodeManagerAddress']}:{self.ports['port']}"
        self._start(name, [f"--address={head}", f"--num-cpus={self.cpus}"])
        names = {node["nodeId"] for node in known}  # one that died is told of for a while
        until(lambda: {node["nodeId"] for node in self._nodes() or []} - names)

    def revive(self) -> None:
        """Start anew what was killed; a node of another head is none."""
        if "head" not in self.parts or self.is_new:
            for name in list(self.parts):
                self.kill(name)
            self.start_alone()
            self.is_new = False
        if "node" not in self.parts:
            self.start_node()

    def _start(self, name: str, words: list[str]) -> None:
        ports = [
            f"--{port}={number}"
            for port, number in zip(_PORTS, free_ports(len(_PORTS)), strict=True)
        ]
        if name == "head":
            words = [*words, f"--temp-dir={self.folder}/{len(list(self.folder.iterdir()))}"]
        command = [str(VENV / "bin" / "ray"), "start", "--block", "--disable-usage-stats"]
        log = (self.folder / f"{name}.log").open("ab")
        with log:
            self.parts[name] = subprocess.Popen(
                [*_NAMESPACE, *_USER, *_FIRST, *command, *words, *ports, *_LITTLE],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=self.environment,
                cwd="/",
                start_new_session=True,
            )

    @property
    def environment(self) -> dict[str, str]:
        """That of Ray, which jobs inherit."""
        return clean_environment(
            RAY_AUTH_MODE=self.auth,
            RAY_AUTH_TOKEN_PATH=str(self.token_file),
            RAY_gcs_rpc_server_reconnect_timeout_s="600",  # else Ray ends where its head is away
            RAY_health_check_period_ms="500",  # so that five in vain take seconds
            RAY_raylet_liveness_self_check_interval_ms="1000",  # so it soon ends where one is new
            HOME=str(self.folder),
            PATH=f"{VENV / 'bin'}{os.pathsep}{os.environ['PATH']}",
        )

    def kill(self, name: str) -> None:
        """All processes of a part at once, as when its machine loses power."""
        process = self.parts.pop(name)
        process.kill()
        process.wait()

    def part_of(self, pid: int) -> str:
        """The name of the part that a process is one of."""
        known = {process.pid: name for name, process in self.parts.items()}
        while pid not in known:
            stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
            pid = int(stat.rpartition(")")[2].split()[1])
        return known[pid]

    def close(self) -> None:
        for name in list(self.parts):
            self.kill(name)
        shutil.rmtree(self.folder)

    def ask(self, method: str, path: str, token: str | None = TOKEN) -> tuple[int, Any]:
        """One request of our own; the status, and what is told if that is JSON."""
        connection = http.client.HTTPConnection("127.0.0.1", self.ports["dashboard-port"], 30)
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        try:
            connection.request(method, path, None, headers)
            answer = connection.getresponse()
            data = answer.read()
        finally:
            connection.close()
        return answer.status, json.loads(data) if data[:1] in (b"{", b"[") else data.decode()

    def _nodes(self) -> list[dict[str, Any]] | None:
        """Those that are alive; None while the head does not answer."""
        with suppress(OSError, http.client.HTTPException):
            status, told = self.ask("GET", "/nodes?view=summary")
            if status == 200:
                found = [node["raylet"] for node in told["data"]["summary"]]
                return [node for node in found if node.get("state") == "ALIVE"] or None
        return None
