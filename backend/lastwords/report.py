"""A run's bug report: what diagnosis writes, filled with the run's facts and its surroundings."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import shlex
from collections.abc import Mapping

from lastwords.config import Config
from lastwords.diagnosis.report import bug_report
from lastwords.failures import explain_run, read_error
from lastwords.logfile import LogFile
from lastwords.records import TRAINING, Run
from lastwords.runfolder import attempt_folder

TAIL_BYTES = 16 << 10
TAIL_LINES = 50
_PACKAGES = ("lastwords", "torch", "transformers", "peft", "accelerate", "safetensors")
_SECRET_WORDS = ("TOKEN", "SECRET", "PASSWORD", "API_KEY", "ACCESS_KEY")


def write_report(config: Config, run: Run) -> str:
    """The report in Markdown, with secrets masked."""
    error = read_error(config.home, run) or ""
    with LogFile(attempt_folder(config.home, run.id, run.attempt)) as log:
        tail = log.read(max(0, log.size - TAIL_BYTES), log.size)
    lines = tail.decode("utf-8", errors="replace").splitlines()[-TAIL_LINES:]
    explanation = explain_run(config.home, run)
    return bug_report(
        _facts(run),
        explanation,
        error,
        "\n".join(lines),
        _surroundings(run),
        secret_values(config),
    )


def secret_values(config: Config, environment: Mapping[str, str] = os.environ) -> list[str]:
    """Values that must not leave: our own and those the environment calls secret."""
    token = config.home / "token"
    kept = token.read_text(encoding="ascii").strip() if token.is_file() else None
    own = [value for value in (config.token, config.password_hash, kept) if value]
    named = [
        value
        for name, value in environment.items()
        if any(word in name.upper() for word in _SECRET_WORDS) and len(value) >= 8
    ]
    return own + named


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
        "command": shlex.join(run.command),
    }


def _version(package: str) -> str | None:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None
