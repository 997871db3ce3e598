"""What a child finds in its environment.

A training started from the page gets named variables only, so that neither the server's secrets nor
a request's text reach it; a recorded command gets its caller's. Standard library only.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lastwords.folders.runfolder import AttemptFolder

_NAMES = frozenset(
    """
    PATH HOME USER LOGNAME LANG TZ TMPDIR LD_LIBRARY_PATH VIRTUAL_ENV SSL_CERT_FILE
    REQUESTS_CA_BUNDLE XDG_CACHE_HOME HTTP_PROXY HTTPS_PROXY NO_PROXY http_proxy https_proxy
    no_proxy
    """.split()
)
_WHOLE_LINES = Path(__file__).with_name("whole_lines")
_OWN_WISHES = ("NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE")
_PREFIXES = ("LC_", "HF_", "TRANSFORMERS_", "TORCH_", "CUDA_", "NVIDIA_", "NCCL_", "OMP_", "MKL_")


def allowed(environment: Mapping[str, str]) -> dict[str, str]:
    """The part of the server's environment that a training may see."""
    return {
        name: value
        for name, value in environment.items()
        if name in _NAMES or name.startswith(_PREFIXES)
    }


def of_libraries(environment: Mapping[str, str]) -> dict[str, str]:
    """The part of it that decides how libraries behave."""
    return {name: value for name, value in environment.items() if name.startswith(_PREFIXES[1:])}


def told(
    folder: AttemptFolder,
    asked: Mapping[str, Any],
    variables: Mapping[str, str],
    on_terminal: bool = False,
) -> dict[str, str]:
    """What Lastwords itself tells a child that has these variables.

    What sits in a buffer dies with the process: Python programs write at once what they say, or
    whole lines where several do, as they do on a terminal by themselves.
    """
    paths = [str(_WHOLE_LINES), *filter(None, [variables.get("PYTHONPATH")])]
    return {
        **({} if on_terminal else {"PYTHONUNBUFFERED": "1"}),
        "PYTHONPATH": os.pathsep.join(paths),
        "LASTWORDS_ALONE": "1",
        "PYTHONFAULTHANDLER": "1",
        "LASTWORDS_RUN_ID": folder.run_id,
        "LASTWORDS_EVENTS": str(folder.events),
        "LASTWORDS_NONCE": str(asked.get("nonce", "")),
    }


def colours(variables: Mapping[str, str]) -> dict[str, str]:
    """What has programs use colours that write into a log which is shown on a terminal.

    TTY_COMPATIBLE is rich's. Nothing for who said what they want.
    """
    if variables.get("TERM") == "dumb" or any(variables.get(name) for name in _OWN_WISHES):
        return {}
    return {"FORCE_COLOR": "1", "TTY_COMPATIBLE": "1"}
