"""A run on several nodes of Ray: run by the cluster's own Python, which has Ray; never imported.

Its text goes with the job, which it is the only process of. It asks for a bundle of the same size
on each of so many nodes, and has an actor on each start `lastwords place` there, as one of the
ranks. An actor starts it, waits for it and passes a stop on, and does nothing else: a recorder is
no actor, so that it outlives what Ray does to those.

Each of these ends with the one before it: Ray ends the actors of a driver that is gone, and the
kernel closes a pipe of an actor that is gone, at which `place` is killed. Then its recorder ends
the run, as where any launcher is gone.

Source: docs.ray.io/en/latest/ray-core/scheduling/placement-group.html
"""

from __future__ import annotations

import json
import math
import os
import signal
import subprocess
import sys
import time
from typing import Any

import ray  # type: ignore[import-not-found]
from ray.util.placement_group import placement_group  # type: ignore[import-not-found]
from ray.util.scheduling_strategies import (  # type: ignore[import-not-found]
    PlacementGroupSchedulingStrategy,
)

NODE_DIED = 76  # the exit code that says so
PATIENCE = 10.0  # the grace of a run that has none of its own
THREADS = "OMP_NUM_THREADS"
# What is read closes with the actor: then nobody is left who could pass a stop on.
WATCH = 'read -r _; kill -KILL -"$1"'


class Node:
    """One rank, on the node that Ray chose for it."""

    def start(self, rank: int, size: int, cpus: float) -> None:
        """cpus: of the bundle, a sliver less than were asked for."""
        environment = dict(os.environ)
        if environment.get(THREADS) == str(max(1, int(cpus))):  # Ray's own, which it rounds down
            environment[THREADS] = str(math.ceil(cpus))
        environment |= {"LASTWORDS_RANK": str(rank), "LASTWORDS_RANKS": str(size)}
        environment |= {"RAY_JOB_CONFIG_JSON_ENV_VAR": "{}"}
        words = [os.environ["LW_PYTHON"], os.environ["LW_PYZ"], "place"]
        self.place = subprocess.Popen(
            words, env=environment, stdin=subprocess.DEVNULL, start_new_session=True
        )
        watch = ["/bin/sh", "-c", WATCH, "sh", str(self.place.pid)]
        self.watch = subprocess.Popen(watch, stdin=subprocess.PIPE, start_new_session=True)

    def wait(self) -> int:
        """Its exit code. Whoever watches it is gone before its number may be another's."""
        os.waitid(os.P_PID, self.place.pid, os.WEXITED | os.WNOWAIT)
        self.watch.kill()
        self.watch.wait()
        return self.place.wait()

    def stop(self) -> None:
        if self.place.poll() is None:
            self.place.terminate()


def nodes_of(bundle: dict[str, Any], size: int) -> list[Any]:
    """An actor on each of so many nodes, once there is room for all of them."""
    group = placement_group([bundle] * size, strategy="STRICT_SPREAD")
    ray.get(group.ready())
    amounts = {
        "num_cpus": bundle["CPU"],
        "num_gpus": bundle.get("GPU", 0),
        "memory": bundle.get("memory", 0),
    }
    kind = ray.remote(max_concurrency=2, max_restarts=0, **amounts)(Node)
    places = [PlacementGroupSchedulingStrategy(group, rank) for rank in range(size)]
    return [kind.options(scheduling_strategy=place).remote() for place in places]


def code_of(ended: Any) -> Any:
    """How a rank ended; NODE_DIED where its actor is gone."""
    try:
        return ray.get(ended)
    except ray.exceptions.RayError:
        return NODE_DIED


def wait_for(nodes: list[Any], stops: list[int]) -> list[int]:
    """The exit codes of all ranks; all are stopped if that is asked for, or once one has failed:
    they have the run's grace to end by themselves then.
    """
    patience = float(os.environ.get("LASTWORDS_GRACE_SECONDS") or PATIENCE)
    going = [node.wait.remote() for node in nodes]
    codes: list[int] = []
    stop_at: float | None = None
    is_told = False
    while going:
        done, going = ray.wait(going, timeout=0.5)
        codes += [code_of(ended) for ended in done]
        if stop_at is None and any(codes):
            stop_at = time.monotonic() + (0 if NODE_DIED in codes else patience)
        if not is_told and (stops or (stop_at is not None and time.monotonic() >= stop_at)):
            is_told = True
            told = [node.stop.remote() for node in nodes]
            ray.wait(told, num_returns=len(told), timeout=0.5)
    return codes


def main() -> int:
    """Place all ranks, and see to their end."""
    bundle, size = json.loads(os.environ["LW_BUNDLE"]), int(os.environ["LW_NODES"])
    stops: list[int] = []
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # nothing has begun
    ray.init(log_to_driver=False, logging_level="warning")
    nodes = nodes_of(bundle, size)
    signal.signal(signal.SIGTERM, lambda number, _: stops.append(number))
    begun = [node.start.remote(rank, size, bundle["CPU"]) for rank, node in enumerate(nodes)]
    codes = [code_of(each) for each in begun]
    codes = [code for code in codes if code] or wait_for(nodes, stops)
    return NODE_DIED if NODE_DIED in codes else int(any(codes))


if __name__ == "__main__":
    sys.exit(main())
