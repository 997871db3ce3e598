"""Checks for what would fail, before torch is imported; standard library only.

Every check either returns its finding, as a phrase, or raises.
"""

import errno
import importlib.metadata
import os
import re
import resource
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

from lastwords.trainer.hub import Location, weight_bytes

BF16_FLAGS = ("amx_bf16", "avx512_bf16")
_MEETING = ("NNODES", "NODE_RANK", "MASTER_ADDR", "MASTER_PORT", "RDZV_ID")  # told to each node
PACKAGES = ("torch", "transformers", "peft", "accelerate", "safetensors")
DISK_BYTES = 64 * 2**20  # an adapter of rank 16, its optimiser's state, and two checkpoints
CALM_PERCENT = 10.0  # the time that programs wait for a core, below which cores are free
TORCH_BYTES = 400 * 2**20  # resident after importing torch, transformers and peft


def packages(method: str = "lora") -> str:
    """The versions of what training by this method needs.

    Raises: ModuleNotFoundError, naming the first package that is not installed; ImportError for
    two that do not fit each other.
    """
    if method == "prefix-tuning" and hides_prefix():
        raise ImportError(
            f"prefix tuning does not work with transformers {_version('transformers')} and peft "
            f"{_version('peft')}: peft passes the prefix under a name that transformers ignores "
            "when it generates. Install 'transformers<5.24', or use another --method."
        )
    return ", ".join(f"{name} {_version(name)}" for name in PACKAGES)


def hides_prefix() -> bool:
    """Whether transformers knows the cache by its new name (5.24) and peft (0.21) does not."""
    return _minor("transformers") >= (5, 24) and _minor("peft") < (0, 22)


def _minor(name: str) -> tuple[int, int]:
    numbers = re.findall(r"\d+", _version(name)) + ["0", "0"]
    return int(numbers[0]), int(numbers[1])


def _version(name: str) -> str:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        raise ModuleNotFoundError(
            f"No module named {name!r}: install it with pip install 'lastwords[train]'", name=name
        ) from None


def writable_folder(folder: Path) -> str:
    """Make the folder if need be, and see that it takes a file and has room.

    Raises: OSError as the system says it; ENOSPC also for less room than an adapter needs.
    """
    folder.mkdir(parents=True, exist_ok=True)
    probe = folder / f".write-test-{os.getpid()}"
    probe.touch()
    probe.unlink(missing_ok=True)  # another thread's probe may have had the same name
    free = shutil.disk_usage(folder).free
    if free < DISK_BYTES:
        raise OSError(
            errno.ENOSPC,
            f"No space left for an adapter: {megabytes(free)} free, {megabytes(DISK_BYTES)} needed",
            str(folder),
        )
    return f"{megabytes(free)} free in {folder}"


def memory(location: Location, available: Callable[[], int | None] | None = None) -> str:
    """Whether the weights alone fit; what activations need depends on the batch.

    Raises: MemoryError, if they cannot.
    """
    free = (available or available_memory)()
    if free is None:
        return "memory unknown"
    needed = TORCH_BYTES + (weight_bytes(location.folder) if location.folder else 0)
    if needed > free:
        raise MemoryError(
            f"{location.name} needs {megabytes(needed)} of memory to load, but only"
            f" {megabytes(free)} is free: close other programs or choose a smaller base model"
        )
    return f"{megabytes(free)} of memory available, {megabytes(needed)} needed to load the model"


def available_memory() -> int | None:
    """Bytes this process may still take: of the host, or of its cgroup where that is less."""
    amounts = [_host_memory(), _cgroup_memory()]
    return min((amount for amount in amounts if amount is not None), default=None)


def _host_memory() -> int | None:
    for line in _read(Path("/proc/meminfo")).splitlines():
        if line.startswith("MemAvailable:"):
            return int(line.split()[1]) * 1024
    return None


def _cgroup_memory() -> int | None:
    """The room left under this process's own version 2 limit; None where there is none."""
    for line in _read(Path("/proc/self/cgroup")).splitlines():
        if line.startswith("0::"):
            group = Path("/sys/fs/cgroup") / line[3:].lstrip("/")
            limit = _read(group / "memory.max").strip()
            used = _read(group / "memory.current").strip()
            if limit.isdigit() and used.isdigit():
                return int(limit) - int(used)
    return None


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""


def bf16_flag() -> str | None:
    """The CPU's own name for multiplying bfloat16, if it can."""
    lines = _read(Path("/proc/cpuinfo")).splitlines()
    flags = next((set(line.split()) for line in lines if line.startswith("flags")), set())
    return next((flag for flag in BF16_FLAGS if flag in flags), None)


def cores() -> int:
    """The cores this process may use: by its affinity, and by its cgroup's quota."""
    own = len(os.sched_getaffinity(0))
    for line in _read(Path("/proc/self/cgroup")).splitlines():
        if line.startswith("0::"):
            group = Path("/sys/fs/cgroup") / line[3:].lstrip("/")
            quota, _, period = _read(group / "cpu.max").strip().partition(" ")
            if quota.isdigit() and period.isdigit():
                return max(1, min(own, -(-int(quota) // int(period))))
    return own


def spins() -> tuple[int, str]:
    """How long a thread that waits goes on looking, in GOMP_SPINCOUNT's rounds, and why.

    On two cores nearly idle a step of bench/torch_loop.py took 0.21 s with 20,000 rounds and 0.35 s
    with none; beside busy programs 0.9 s and 0.4 s.
    """
    found = re.search(r"some avg10=([\d.]+)", _read(Path("/proc/pressure/cpu")))
    if found is None:
        return 0, "waiting threads sleep: CPU load unknown"
    words = f"programs waited for a core {float(found[1]):.0f} % of the last 10 s"
    if float(found[1]) > CALM_PERCENT:
        return 0, f"waiting threads sleep: {words}"
    return 20_000, f"waiting threads spin briefly: {words}"


def visible_gpus(environment: Mapping[str, str]) -> int:
    """The GPUs a training would see, without asking torch."""
    if "+cpu" in _version("torch"):
        return 0
    named = environment.get("CUDA_VISIBLE_DEVICES")
    if named is not None:
        return len([name for name in named.split(",") if name.strip() not in ("", "-1")])
    return len(list(Path("/proc/driver/nvidia/gpus").glob("*")))


def processes(asked: int | None, environment: Mapping[str, str]) -> int:
    """The processes that train on this machine: what is asked for, or one for each GPU."""
    return asked or visible_gpus(environment) or 1


def nodes(environment: Mapping[str, str]) -> int:
    """The machines that train together: one, unless an engine has placed the training on more."""
    told = environment.get("NNODES", "")  # `1:4` is somebody's own, for torchrun
    is_told = told.isdecimal() and all(environment.get(name) for name in _MEETING)
    return int(told) if is_told else 1


def peak_memory() -> int:
    """The most memory this process has held so far, in bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def megabytes(size: int) -> str:
    """A size in words, in the decimal units that the page, disks and networks use."""
    return f"{size / 10**6:,.0f} MB"
