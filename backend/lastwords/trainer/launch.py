"""Starts the processes of one training, as torchrun does, and says which of them failed first.

Each rank's lines go to the log, marked with its number, and to a file of its own below `ranks/`.
Where an engine has placed the training on several nodes, each of them starts its own, and they meet
at the address that all were told.
"""

import os
import signal
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from torch.distributed.elastic.multiprocessing import SignalException, Std
from torch.distributed.elastic.multiprocessing.api import DefaultLogsSpecs
from torch.distributed.elastic.multiprocessing.errors import ChildFailedError, ProcessFailure
from torch.distributed.launcher.api import LaunchConfig, elastic_launch

from lastwords.trainer import checks
from lastwords.trainer.arguments import Arguments
from lastwords.trainer.reporting import Report, log

_MEET_SECONDS = 900  # that a node waits for the others: one may still read its data


def run(arguments: Arguments, argv: Sequence[str], report: Report) -> None:
    """Train in several processes; ends this one as the first failing rank ended."""
    count, nodes = checks.processes(arguments.nproc, os.environ), checks.nodes(os.environ)
    logs = arguments.run_directory / "ranks"
    logs.mkdir(exist_ok=True)
    os.environ.setdefault("OMP_NUM_THREADS", str(max(1, checks.cores() // count)))
    if nodes == 1 and not checks.visible_gpus(os.environ):
        os.environ.setdefault("GLOO_SOCKET_IFNAME", "lo")  # all on this machine
    whole = f"{count * nodes} processes on {nodes} nodes" if nodes > 1 else f"{count} processes"
    log.info("%s share each batch; the output of each is in %s", whole, logs)
    config = LaunchConfig(
        min_nodes=nodes,
        max_nodes=nodes,
        nproc_per_node=count,
        role="rank",
        max_restarts=0,
        monitor_interval=0.1,
        logs_specs=DefaultLogsSpecs(log_dir=str(logs), tee=Std.ALL),
        **_meeting(nodes, arguments.run_id, os.environ),
    )
    command = ["-m", "lastwords.trainer", *argv]
    try:
        elastic_launch(config, entrypoint=sys.executable)(*command)
    except ChildFailedError as error:
        _end_as(*min(error.failures.items(), key=_moment), report)
    except SignalException as error:
        _die_of(error.sigval)


def _meeting(nodes: int, run_id: str, environment: Mapping[str, str]) -> dict[str, Any]:
    """Where the processes meet: on this machine, or at rank 0 of several nodes."""
    if nodes == 1:
        here = {"rdzv_endpoint": "127.0.0.1:0", "local_addr": "127.0.0.1"}
        return {"run_id": run_id, "rdzv_backend": "c10d", **here}
    return {
        "run_id": environment["RDZV_ID"],
        "rdzv_backend": "static",
        "rdzv_endpoint": f"{environment['MASTER_ADDR']}:{environment['MASTER_PORT']}",
        "rdzv_configs": {"rank": int(environment["NODE_RANK"]), "timeout": _MEET_SECONDS},
    }


def _moment(failed: tuple[int, ProcessFailure]) -> int:
    """When a rank failed, in milliseconds; torch itself tells ranks apart by whole seconds."""
    failure = failed[1]
    told = (failure.error_file_data or {}).get("message")
    extra = told.get("extraInfo", {}) if isinstance(told, dict) else {}
    return int(extra.get("milliseconds", failure.timestamp * 1000))


def _end_as(rank: int, failure: ProcessFailure, report: Report) -> None:
    """End with the exit code or the signal of the rank that failed first."""
    code = failure.exitcode
    ending = f"exit code {code}" if code > 0 else f"signal {signal.Signals(-code).name}"
    print(f"ERROR rank {rank} failed first, with {ending}", file=sys.stderr, flush=True)
    if code < 0:
        _die_of(signal.Signals(-code))
    report.rank_failed(rank, code)


def _die_of(number: signal.Signals) -> None:
    if number != signal.SIGKILL:
        signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)
