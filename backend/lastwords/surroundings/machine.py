"""The machine as its kernel describes it; no driver is asked and no GPU is woken.

Standard library only.
"""

from __future__ import annotations

import os
import re
from contextlib import suppress
from pathlib import Path
from typing import Any

_VERSION = re.compile(r"\d+\.\d+(?:\.\d+)*")
_AMD, _SHOWN = "0x1002", 200


def machine(root: Path = Path("/")) -> dict[str, Any]:
    """Kernel, processors, memory, and the GPUs with their drivers; what is not known is None.

    root: where /proc, /sys, /opt and /usr lie.
    """
    names = os.uname()
    return {
        "host": names.nodename,
        "kernel": f"{names.sysname} {names.release}",
        "architecture": names.machine,
        "cpus": len(os.sched_getaffinity(0)),
        "memoryBytes": _memory(root),
        "gpus": [*_nvidia_gpus(root), *_amd_gpus(root)],
        "nvidiaDriver": _nvidia_driver(root),
        "amdDriver": _text(root / "sys/module/amdgpu/version"),
        "cuda": _cuda(root),
        "rocm": _text(root / "opt/rocm/.info/version"),
    }


def _text(path: Path) -> str | None:
    with suppress(OSError, ValueError), path.open("rb") as file:
        return file.read(1 << 16).decode("utf-8", errors="replace").strip()[:_SHOWN] or None
    return None


def _memory(root: Path) -> int | None:
    told = re.search(r"MemTotal:\s+(\d+)", _text(root / "proc/meminfo") or "")
    return int(told[1]) * 1024 if told else None


def _nvidia_driver(root: Path) -> str | None:
    told = _text(root / "sys/module/nvidia/version")
    if told is None:
        found = _VERSION.search(_text(root / "proc/driver/nvidia/version") or "")
        told = found[0] if found else None
    return told


def _nvidia_gpus(root: Path) -> list[str]:
    files = sorted((root / "proc/driver/nvidia/gpus").glob("*/information"))
    models = (re.search(r"Model:\s*(.+)", _text(path) or "") for path in files)
    return [model[1].strip() for model in models if model]


def _amd_gpus(root: Path) -> list[str]:
    found = []
    for device in sorted((root / "sys/class/drm").glob("card[0-9]/device")):
        if _text(device / "vendor") == _AMD:
            found.append(_text(device / "product_name") or f"AMD {_text(device / 'device')}")
    return found


def _cuda(root: Path) -> str | None:
    """The toolkit of the machine; that of a package is among the packages."""
    told = re.search(
        r'"cuda"\s*:\s*{[^}]*"version"\s*:\s*"([\d.]+)"',
        _text_of_json(root / "usr/local/cuda/version.json"),
    )
    return told[1] if told else None


def _text_of_json(path: Path) -> str:
    with suppress(OSError), path.open("rb") as file:
        return file.read(1 << 16).decode("utf-8", errors="replace")
    return ""
