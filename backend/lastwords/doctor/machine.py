"""Checks of the machine: the home and its database, packages, disk, caches, GPU."""

from __future__ import annotations

import importlib.metadata
import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path
from shlex import quote

from lastwords.doctor import packages
from lastwords.doctor.finding import Finding, Subject
from lastwords.doctor.rights import nearest, take, take_database
from lastwords.folders.runfolder import check_database_is_not_lost, runs_folder
from lastwords.records import StoreDamaged, StoreUnavailable
from lastwords.trainer import checks, hub

LOW_DISK = 2**30
LITTLE = 2**20  # bytes free, with which whatever the database says is due to the disk
GPU_SECONDS = 5
PIP = f"{quote(sys.executable)} -m pip install"  # into the environment that trains


def home(subject: Subject) -> Finding:
    """The home and its runs are private to their owner, and writable."""
    folder = subject.config.home
    make = f"mkdir -p -m 700 {quote(str(folder))}"
    if not folder.exists():
        return Finding(
            "home", "warn", f"{folder} does not exist yet; it is created on first start", make
        )
    if not folder.is_dir():
        move = f"mv {quote(str(folder))} {quote(f'{folder}.old')} && {make}"
        return Finding("home", "fail", f"{folder} is not a folder", move)
    if stat.S_IMODE(folder.stat().st_mode) & 0o077:
        text = f"{folder} contains logs and tokens but is readable by other users"
        return Finding("home", "fail", text, f"chmod 700 {quote(str(folder))}")
    try:
        for place in (folder, runs_folder(folder)):
            checks.writable_folder(place)
    except OSError as error:
        return Finding("home", "fail", _said(error), _mend_folder(error, folder))
    return Finding("home", "ok", f"{folder} is writable")


def database(subject: Subject) -> Finding:
    """The database exists, is healthy and writable."""
    from lastwords.store.database import check_database

    path = subject.config.database
    rebuild = f"lastwords reconcile --home {quote(str(subject.config.home))}"
    try:
        check_database_is_not_lost(subject.config.home, path)
        if not path.exists():
            text = f"{path} does not exist yet; it is created on first start"
            return Finding("database", "warn", text, rebuild)
        return Finding("database", "ok", check_database(path))
    except StoreUnavailable as error:
        lost = isinstance(error, StoreDamaged) or not path.exists()
        command = rebuild if lost else _mend_database(path, str(error))
        return Finding("database", "fail", str(error), command)


def _mend_database(path: Path, said: str) -> str:
    if "older than" in said:
        return f"{PIP} 'pysqlite3>=0.6.1'"
    if "locked" in said:
        return f"fuser -v {quote(str(path))}"
    if shutil.disk_usage(path.parent).free < LITTLE:
        return f"lastwords rm --keep 10 --dry-run --home {quote(str(path.parent))}"
    return take_database(path)


def dependencies(subject: Subject) -> Finding:
    """The packages for training are installed, in compatible versions."""
    program, *_ = command = subject.config.trainer_command
    if shutil.which(program) is None:
        text = f"trainer command not found: {program} (LASTWORDS_TRAINER_COMMAND)"
        return Finding("packages", "fail", text, "unset LASTWORDS_TRAINER_COMMAND")
    if Path(program) != Path(sys.executable):
        text = f"not checked: trainings run {' '.join(command)}"
        return Finding("packages", "ok", text)
    try:
        wrong = list(packages.misfits(checks.PACKAGES))
        versions = checks.packages()
    except ModuleNotFoundError as error:
        text = f"{error.name} is not installed"
        return Finding("packages", "fail", text, _install(packages.to_install(str(error.name))))
    if wrong:
        text = f"installed: {versions}; required: {', '.join(wrong)}"
        return Finding("packages", "fail", text, _install(wrong))
    return Finding("packages", "ok", versions)


def _install(wanted: list[str]) -> str:
    return f"{PIP} {' '.join(map(quote, wanted))}"


def disk(subject: Subject) -> Finding:
    """There is enough space for checkpoints in the home and for models in the cache."""
    places = {nearest(subject.config.home), nearest(_cache(subject).folder)}
    roomy = []
    for place in sorted(places):
        free = shutil.disk_usage(place).free
        nodes = os.statvfs(place)
        show = f"du -xh --max-depth=2 {quote(str(place))} | sort -h | tail"
        if nodes.f_files and not nodes.f_favail:
            return Finding("disk", "fail", f"no free inodes in {place}", show)
        if free < LOW_DISK:
            text = f"only {checks.megabytes(free)} free in {place}: most models need more"
            return Finding("disk", "fail" if free < checks.DISK_BYTES else "warn", text, show)
        roomy.append(f"{checks.megabytes(free)} free in {place}")
    return Finding("disk", "ok", ", ".join(roomy))


def cache(subject: Subject) -> Finding:
    """The model caches are readable, and the first one is writable."""
    found = hub.caches(subject.environment)
    for each in found:
        place = nearest(each.folder)
        needed = os.R_OK | os.X_OK | (os.W_OK if each == found[0] else 0)
        if not place.is_dir():
            text = f"{place} is not a folder, so {each.folder} cannot be used ({each.setting})"
            return Finding("model cache", "fail", text, _use_default(each))
        if not os.access(place, needed):
            text = f"no permission to read and write {place} ({each.setting})"
            return Finding("model cache", "fail", text, take(place))
    named = ", ".join(f"{each.folder} ({each.setting})" for each in found)
    return Finding("model cache", "ok", named)


def deprecated_cache(subject: Subject) -> Finding | None:
    """TRANSFORMERS_CACHE is deprecated, but still works."""
    if not (old := subject.environment.get("TRANSFORMERS_CACHE")):
        return None
    if new := subject.environment.get("HF_HOME"):
        text = f"TRANSFORMERS_CACHE={old} is deprecated and overridden by HF_HOME={new}"
        return Finding("TRANSFORMERS_CACHE", "warn", text, "unset TRANSFORMERS_CACHE")
    text = f"TRANSFORMERS_CACHE={old} is deprecated: use HF_HUB_CACHE instead"
    command = f"export HF_HUB_CACHE={quote(old)}; unset TRANSFORMERS_CACHE"
    return Finding("TRANSFORMERS_CACHE", "warn", text, command)


def gpu(subject: Subject) -> Finding:
    """The GPU responds and torch can use it; having no GPU is fine."""
    program = shutil.which("nvidia-smi")
    devices = list(Path("/dev").glob("nvidia[0-9]*"))
    if program is None and not devices:
        text = "no NVIDIA GPU found: training runs on the CPU"
        asked = subject.environment.get("CUDA_VISIBLE_DEVICES", "")
        if asked.strip(" ,-1"):
            text = f"CUDA_VISIBLE_DEVICES={asked} selects GPUs, but {text}"
            return Finding("GPU", "warn", text, "unset CUDA_VISIBLE_DEVICES")
        return Finding("GPU", "ok", text)
    if program is None:
        text = "GPU found, but nvidia-smi, which is part of its driver, is missing"
        return Finding("GPU", "warn", text, "modinfo -F version nvidia")
    ask = [program, "--query-gpu=name,memory.free", "--format=csv,noheader"]
    try:
        done = subprocess.run(ask, capture_output=True, text=True, timeout=GPU_SECONDS)
    except (OSError, subprocess.TimeoutExpired) as error:
        return Finding("GPU", "warn", f"nvidia-smi does not respond: {error}", "nvidia-smi")
    if done.returncode or not done.stdout.strip():
        said = (done.stdout + done.stderr).strip() or f"exit code {done.returncode}"
        return Finding("GPU", "warn", f"nvidia-smi: {said.splitlines()[0]}", "nvidia-smi")
    names = "; ".join(done.stdout.strip().splitlines())
    if _torch_version().endswith("+cpu"):
        text = f"{names}; but torch {_torch_version()} is a CPU-only build"
        return Finding("GPU", "warn", text, f"{PIP} --force-reinstall torch")
    return Finding("GPU", "ok", f"{names} free")


def _torch_version() -> str:
    try:
        return importlib.metadata.version("torch")
    except importlib.metadata.PackageNotFoundError:
        return ""


def ripgrep(subject: Subject) -> Finding:
    """ripgrep makes searching logs faster; without it our own engine is used."""
    program = shutil.which("rg")
    if program is None:
        text = "not installed (optional): searching large logs takes longer without it"
        return Finding("ripgrep", "ok", text, "sudo apt-get install ripgrep")
    return Finding("ripgrep", "ok", program)


def _cache(subject: Subject) -> hub.Cache:
    return hub.caches(subject.environment)[0]


def _use_default(cache: hub.Cache) -> str:
    variable = cache.setting.partition(" ")[0]
    return f"unset {variable}" if variable.isupper() else f"ls -ld {quote(str(cache.folder))}"


def _said(error: OSError) -> str:
    return f"{error.filename}: {error.strerror}" if error.filename else str(error)


def _mend_folder(error: OSError, folder: Path) -> str:
    place = Path(error.filename or folder)
    if isinstance(error, PermissionError):
        return take(place.parent)
    if isinstance(error, FileExistsError | NotADirectoryError):
        return f"mv {quote(str(place))} {quote(f'{place}.old')}"
    return f"df -h {quote(str(folder))}; findmnt -T {quote(str(folder))}"
