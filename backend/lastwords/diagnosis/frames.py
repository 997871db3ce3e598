"""Which frame of a stack is the user's own."""

import re
from collections.abc import Iterable

from lastwords.diagnosis.explanation import Frame
from lastwords.diagnosis.traceback_syntax import Block, Part

_INSTALLED = re.compile(
    r"site-packages|dist-packages|/lib(?:64)?/python\d|/pyenv/versions/|\.zip/|^<frozen |"
    r"/__autograph_generated_file|"
    r"^<(?:__array_function__|decorator-gen|attrs generated|eval_with_key|unknown)|"
    r"(?i:[\\/]Python\d*[\\/]Lib[\\/]|[\\/]Scripts[\\/][\w.-]+\.exe[\\/])|"
    r"[\\/]lastwords[\\/]trainer[\\/]|/torch/(?:distributed|utils|multiprocessing|nn|_dynamo|_inductor)/|[\\/]Lib[\\/]"
)
_TYPED_IN = re.compile(r"^<(?:string|stdin|ipython)")
_LAUNCHER = re.compile(r"/bin/[\w.-]+$|^/tmp/torchinductor")


def installed(frame: Frame) -> bool:
    """True for a frame of Python itself, of an installed library or of a launcher."""
    if _INSTALLED.search(frame.file) or frame.file.endswith((".pyx", ".pxd", ".pxi")):
        return True
    if frame.file.startswith("<") and not _TYPED_IN.match(frame.file):
        return True
    if frame.file == "<string>" and frame.function == "__init__":
        return True
    return bool(_LAUNCHER.search(frame.file)) and not frame.file.endswith(".py")


def deepest_own(frames: Iterable[Frame]) -> Frame | None:
    """The last frame outside the installed libraries; one in a file before executed text."""
    own = [frame for frame in frames if not installed(frame)]
    in_files = [frame for frame in own if not frame.file.startswith("<string")]
    return next(reversed(in_files or own), None)


def user_frame(block: Block) -> Frame | None:
    """The user's deepest frame in the last exception, else in the nearest one before it."""
    for part in reversed(block.parts):
        found = _own_frame(part)
        if found is not None:
            return found
    return None


def _own_frame(part: Part) -> Frame | None:
    blocks = [part.inner] if part.inner is not None else []
    for inner in [*blocks, *part.members[:1]]:
        found = user_frame(inner)
        if found is not None:
            return found
    return deepest_own(part.frames)
