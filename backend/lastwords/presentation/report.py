"""A run's bug report: what diagnosis writes, filled with the run's facts and its surroundings."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import re
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from lastwords.config import Config
from lastwords.diagnosis.report import bug_report
from lastwords.folders.events import read_facts
from lastwords.folders.runfolder import AttemptFolder, attempt_folder, read_result
from lastwords.logs.logfile import LogFile
from lastwords.presentation.reproduce import reproduction
from lastwords.presentation.runs import Json
from lastwords.records import TRAINING, LastwordsError, Run, parse_timestamp
from lastwords.security.run_secrets import masker_of
from lastwords.supervision.failures import Error, error_of, explain_run, read_error
from lastwords.surroundings.reading import surroundings_of

TAIL_BYTES = 16 << 10
TAIL_LINES = 50
_OURS = ("lastwords", "torch", "transformers", "peft", "accelerate", "safetensors")
# What a maintainer asks for first; what the traceback went through is named besides.
_USUAL = (
    *(
        "torch torchvision triton tensorflow keras jax jaxlib flax numpy pandas scikit-learn"
    ).split(),
    *("transformers datasets tokenizers accelerate peft trl safetensors bitsandbytes").split(),
    *("deepspeed lightning pytorch-lightning xformers flash-attn vllm ray diffusers").split(),
)
_IN_PACKAGE = re.compile(r"(?:site|dist)-packages[/\\](\w{1,80})")


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


def write_report(
    config: Config, run: Run, changes: Json | None = None, link: str | None = None
) -> Report:
    """Read and explain the run's log once, and write the report.

    changes: what is different since a run like it completed, as the run's own answer has it.
    link: where the run's page is.
    """
    folder = attempt_folder(config.home, run.id, run.attempt, run.member)
    name = f"{run.id}-error.log"
    with ThreadPoolExecutor(1) as pool:  # a long log is explained by a process of its own
        explained = pool.submit(explain_run, config.home, run)
        error = read_error(config.home, run) or ""
        title, lines = _around(folder, error_of(run))
        masker = masker_of(config, run).having_read(error, lines)
        explanation = explained.result()
    written = bug_report(
        {**_facts(run, folder), "link": link},
        explanation,
        error,
        lines,
        _environment(run, folder, error),
        masker,
        stages=[vars(stage) for stage in read_facts(folder.events).stages],
        reproduce=reproduction(config, run).command,
        changes=changes and _changed(changes),
        overflow_name=name,
        tail_title=title,
    )
    moved = f"in the file {name}" in written.text
    return Report(written.text, Overflow(name, written.error) if moved else None)


def _changed(changes: Json) -> Json:
    items = [
        f"{item['text']} ({item['note']})" if item["note"] else item["text"]
        for item in changes["items"]
    ]
    return {"since": changes["since"]["id"], "items": items, "count": changes["count"]}


def _around(folder: AttemptFolder, error: Error | None) -> tuple[str, str]:
    """What the log says around the error, which the report shows whole, and a title for it."""
    with LogFile(folder) as log:
        if error is None or error.start is None or error.end is None:
            return "Last lines of the log", _last_lines(log, 0, log.size)
        before, after = (
            _last_lines(log, 0, error.start),
            _last_lines(log, error.end, log.size),
        )
    if not after.strip():
        return "The log before the error", before
    return "The log around the error", f"{before}\n[… the error …]\n{after}".lstrip("\n")


def _last_lines(log: LogFile, start: int, end: int) -> str:
    tail = log.read(max(start, end - TAIL_BYTES), end)
    return "\n".join(tail.decode("utf-8", errors="replace").splitlines()[-TAIL_LINES:])


def _seconds(run: Run, folder: AttemptFolder) -> float | None:
    """How long it ran: by its recorder's clock, which nobody sets; else by the two times."""
    with suppress(LastwordsError, OSError):
        told = (read_result(folder) or {}).get("seconds")
        if isinstance(told, int | float) and 0 <= told < 1e10:
            return float(told)
    if run.started_at is None or run.finished_at is None:
        return None
    ran = parse_timestamp(run.finished_at) - parse_timestamp(run.started_at)
    return max(0.0, ran.total_seconds())


def _in_words(seconds: float) -> str:
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, seconds = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min {seconds} s" if hours else f"{minutes} min {seconds} s"


def _facts(run: Run, folder: AttemptFolder) -> dict[str, object]:
    seconds = _seconds(run, folder)
    return {
        "id": run.id,
        "name": run.name,
        "status": run.status.value,
        "startedAt": run.started_at,
        "finishedAt": run.finished_at,
        "took": None if seconds is None else _in_words(seconds),
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


def _environment(run: Run, folder: AttemptFolder, error: str) -> dict[str, object]:
    """What it ran on and with, as kept at its start; of a training also what is known here."""
    kept = surroundings_of(folder, 0)
    python, machine = _part(kept.facts, "python"), _part(kept.facts, "machine")
    # A recorded command has a Python of its own, of which nothing is known here.
    ours = _OURS if run.kind == TRAINING else ("lastwords",)
    here = {name: version for name in ours if (version := _version(name))}
    version = python.get("version") or (platform.python_version() if run.kind == TRAINING else None)
    return {
        "Python": version,
        **here,
        **_versions(_part(python, "packages"), error),
        **_device(machine),
        "Code": _code(_part(kept.facts, "code"), kept.diff_bytes),
        "Machine": _machine(machine),
    }


def _part(facts: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    return facts.get(name) or {}


def _versions(packages: Mapping[str, Any], error: str) -> dict[str, object]:
    """The packages that matter: the usual ones, and those that the traceback goes through."""
    passed = {name.lower() for name in _IN_PACKAGE.findall(error)}
    by_name = {_normal(name): (name, version) for name, version in packages.items()}
    wanted = dict.fromkeys(map(_normal, (*_USUAL, *sorted(passed))))
    return dict(by_name[name] for name in wanted if name in by_name)


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _device(machine: Mapping[str, Any]) -> dict[str, object]:
    names = {"CUDA": "cuda", "NVIDIA driver": "nvidiaDriver", "ROCm": "rocm"}
    found = {label: machine.get(key) for label, key in names.items()}
    return {
        "GPU": ", ".join(machine.get("gpus") or ()),
        **found,
        "AMD driver": machine.get("amdDriver"),
    }


def _code(code: Mapping[str, Any], diff_bytes: int) -> str | None:
    commit = code.get("commit")
    if commit is None:
        return None
    branch = f" on {code['branch']}" if code.get("branch") else ""
    return f"commit {commit}{branch}" + (", with uncommitted changes" if diff_bytes else "")


def _machine(machine: Mapping[str, Any]) -> str:
    system = machine.get("kernel") or f"{platform.system()} {platform.release()}"
    memory = machine.get("memoryBytes")
    return ", ".join(
        [
            f"{system} {machine.get('architecture') or platform.machine()}",
            f"{machine.get('cpus') or os.cpu_count()} CPUs",
            *([f"{memory / (1 << 30):.0f} GiB of RAM"] if memory else []),
        ]
    )


def _version(package: str) -> str | None:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None
