"""A run's bug report: what diagnosis writes, filled with the run's facts and its surroundings."""

from __future__ import annotations

import importlib.metadata
import os
import platform
from dataclasses import dataclass

from lastwords.config import Config
from lastwords.diagnosis.report import bug_report
from lastwords.folders.events import read_facts
from lastwords.folders.runfolder import attempt_folder
from lastwords.logs.logfile import LogFile
from lastwords.presentation.reproduce import reproduction, shell_line
from lastwords.records import TRAINING, Run
from lastwords.security.known_secrets import secret_values
from lastwords.supervision.failures import explain_run, read_error

TAIL_BYTES = 16 << 10
TAIL_LINES = 50
COMMAND = 2_000  # characters in the table; the section on reproducing has it whole
_PACKAGES = ("lastwords", "torch", "transformers", "peft", "accelerate", "safetensors")


@dataclass(frozen=True)
class Overflow:
    """The file beside a report that has no room for the full error."""

    name: str
    text: str


@dataclass(frozen=True)
class Report:
    """A report in Markdown, and the file for what did not fit; secrets masked in both."""

    text: str
    overflow: Overflow | None


def write_report(config: Config, run: Run) -> Report:
    """Read and explain the run's log once, and write the report."""
    folder = attempt_folder(config.home, run.id, run.attempt)
    error = read_error(config.home, run) or ""
    with LogFile(folder) as log:
        tail = log.read(max(0, log.size - TAIL_BYTES), log.size)
    lines = tail.decode("utf-8", errors="replace").splitlines()[-TAIL_LINES:]
    explanation = explain_run(config.home, run)
    again = reproduction(config, run)
    name = f"{run.id}-error.log"
    written = bug_report(
        _facts(run),
        explanation,
        error,
        "\n".join(lines),
        _surroundings(run),
        secret_values(config),
        stages=[vars(stage) for stage in read_facts(folder.events).stages],
        reproduce=again.command,
        overflow_name=name,
    )
    moved = f"in the file {name}" in written.text
    return Report(written.text, Overflow(name, written.error) if moved else None)


def _facts(run: Run) -> dict[str, object]:
    return {
        "id": run.id,
        "name": run.name,
        "status": run.status.value,
        "startedAt": run.started_at,
        "finishedAt": run.finished_at,
        "exitCode": run.exit_code,
        "signal": run.signal,
        "reason": run.reason,
        "stage": run.stage,
        "baseModel": run.base_model,
        "datasetSize": run.dataset_size,
        "finalLoss": run.final_loss,
        "step": run.step,
        "attempt": run.attempt,
    }


def _surroundings(run: Run) -> dict[str, object]:
    # A recorded command has a Python of its own, of which nothing is known here.
    ours = _PACKAGES if run.kind == TRAINING else ("lastwords",)
    versions = {name: version for name in ours if (version := _version(name))}
    machine = f"{platform.system()} {platform.release()} {platform.machine()}"
    return {
        **({"python": platform.python_version()} if run.kind == TRAINING else {}),
        **versions,
        "machine": f"{machine}, {os.cpu_count()} CPUs",
        "command": shell_line(run.command)[:COMMAND],
    }


def _version(package: str) -> str | None:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None
