"""Starts the processes of one training, as torchrun does, and says which of them failed first.

Each rank's lines go to the log, marked with its number, and to a file of its own below `ranks/`.
"""

import os
import signal
import sys
from collections.abc import Sequence

from torch.distributed.elastic.multiprocessing import SignalException, Std
from torch.distributed.elastic.multiprocessing.api import DefaultLogsSpecs
from torch.distributed.elastic.multiprocessing.errors import ChildFailedError, ProcessFailure
from torch.distributed.launcher.api import LaunchConfig, elastic_launch

from lastwords.trainer import checks
from lastwords.trainer.arguments import Arguments
from lastwords.trainer.reporting import Report, log


def run(arguments: Arguments, argv: Sequence[str], report: Report) -> None:
    """Train in several processes; ends this one as the first failing rank ended."""
    count = arguments.nproc or checks.visible_gpus(os.environ)
    logs = arguments.run_directory / "ranks"
    logs.mkdir(exist_ok=True)
    os.environ.setdefault("OMP_NUM_THREADS", str(max(1, checks.cores() // count)))
    if not checks.visible_gpus(os.environ):
        os.environ.setdefault("GLOO_SOCKET_IFNAME", "lo")  # all on this machine
    log.info("%d processes share each batch; the output of each is in %s", count, logs)
    config = LaunchConfig(
        min_nodes=1,
        max_nodes=1,
        nproc_per_node=count,
        run_id=arguments.run_id,
        role="rank",
        rdzv_backend="c10d",
        rdzv_endpoint="127.0.0.1:0",
        local_addr="127.0.0.1",
        max_restarts=0,
        monitor_interval=0.1,
        logs_specs=DefaultLogsSpecs(log_dir=str(logs), tee=Std.ALL),
    )
    command = ["-m", "lastwords.trainer", *argv]
    try:
        elastic_launch(config, entrypoint=sys.executable)(*command)
    except ChildFailedError as error:
        _end_as(*min(error.failures.items(), key=_moment), report)
    except SignalException as error:
        _die_of(error.sigval)


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
