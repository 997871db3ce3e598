"""Which frame of a stack is the user's own."""

import re
import sys
from collections.abc import Callable, Iterable

from lastwords.diagnosis.explanation import Frame
from lastwords.diagnosis.traceback_syntax import Block, Part

_INSTALLED = re.compile(
    r"site-packages|dist-packages|/lib(?:64)?/python\d|/pyenv/versions/|\.zip/|^<frozen |"
    r"/\.local/share/ov/pkg/|"  # Isaac Sim, as Omniverse installs it
    r"/__autograph_generated_file|[\\/]torchinductor_|^<(?:__array_function__|decorator-gen|"
    r"attrs generated|eval_with_key|unknown)|(?i:[\\/]Python\d*[\\/]Lib[\\/]|"
    r"[\\/]Scripts[\\/][\w.-]+\.exe[\\/])|[\\/]lastwords[\\/]trainer[\\/]|/torch/(?:distributed|"
    r"utils|multiprocessing|nn|_dynamo|_inductor)/|[\\/]Lib[\\/]|(?i:\\(?:envs\\[^\\]+|(?:mini|"
    r"ana)conda3?|miniforge3?|mambaforge)\\lib\\)"
)
_OF_ZIPPED_PYTHON = re.compile(
    r"^(?:codecs|threading|runpy|socket|ssl|shutil|subprocess|zipfile|tarfile|contextlib|"
    r"genericpath|ntpath|posixpath|pathlib|tempfile|pickle|functools)\.py$|"
    r"^(?:asyncio|collections|concurrent|ctypes|encodings|http|importlib|json|logging|"
    r"multiprocessing|urllib)[\\/][\w\\/]+\.py$"
)
"""Python's own modules as an embedded interpreter names them, whose library is an archive."""
_ELIDED = re.compile(r"^(?:\*|\.{3}|…|<[\w ]{1,40}>|\[\.{3}\])[\\/](?P<top>\w+)[\\/.]")
_LIBRARIES = sys.stdlib_module_names | set(
    "torch torchvision tensorflow keras jax flax transformers datasets accelerate peft trl numpy "
    "pandas sklearn scipy stable_baselines3 gym gymnasium lightning pytorch_lightning ray "
    "deepspeed torch_scatter torch_sparse torch_geometric torch_cluster".split()
)
"""What stands at the top of a library's path, where who pasted it took away what is above."""
_TYPED_IN = re.compile(r"^<(?:string|stdin|ipython|command-\d)")
_SPAWNED = re.compile(r"multiprocessing[\\/]spawn\.py$")
"""Of a process that multiprocessing started: the text that it executes is Python's own."""
_LAUNCHER = re.compile(r"/bin/[\w.-]+$")

_REPOSITORIES = (
    ("axolotl|transformers|diffusers|peft|accelerate|datasets|lightning|llama[-_]?factory", "src"),
    ("sglang|ray|flashinfer", "python"),
    (
        "(?P<same>verl|trl|vllm|fairseq|detectron2|deepspeed|openrlhf|litgpt|torchtune|torchtitan|"
        "unsloth|maxtext|colossalai|slime|areal|nemo)",
        "(?P=same)",
    ),
    ("megatron[-_]lm", "megatron"),
    ("ms[-_]swift", "swift"),
    ("lm[-_]evaluation[-_]harness", "lm_eval"),
    ("tensorrt[-_]llm", "tensorrt_llm"),
    ("optimum(?:-habana|-neuron|-intel)?", "optimum"),
    ("pytorch", "torch"),
    ("comfyui", r"(?:comfy|comfy_\w+|app|execution\.py|nodes\.py|main\.py)"),
)
_CHECKOUT = re.compile(
    r"(?i)[\\/](?:"
    + "|".join(
        rf"(?:{repository})(?:[-_.][\w.-]*)?[\\/]{package}" for repository, package in _REPOSITORIES
    )
    + r")(?:[\\/]|$)"
)
"""Well-known frameworks run from a clone: its folder, and where in it their own code stands."""


def of_framework(frame: Frame) -> bool:
    """True for the code of a well-known framework that is run from its repository."""
    return bool(_CHECKOUT.search(frame.file))


def installed(frame: Frame) -> bool:
    """True for a frame of Python itself, of an installed library or of a launcher."""
    if _INSTALLED.search(frame.file) or frame.file.endswith((".pyx", ".pxd", ".pxi")):
        return True
    elided = _ELIDED.match(frame.file)
    if _OF_ZIPPED_PYTHON.match(frame.file) or (elided and elided["top"] in _LIBRARIES):
        return True
    if frame.file.startswith("<") and not _TYPED_IN.match(frame.file):
        return True
    if frame.file == "<string>" and frame.function == "__init__":
        return True
    return bool(_LAUNCHER.search(frame.file)) and not frame.file.endswith(".py")


def deepest_own(frames: Iterable[Frame]) -> Frame | None:
    """The last frame outside the installed libraries; one in a file before executed text."""
    stack = list(frames)
    own = [frame for frame in stack if not installed(frame)]
    in_files = [frame for frame in own if not frame.file.startswith("<string")]
    started = any(_SPAWNED.search(frame.file) for frame in stack)
    return next(reversed(in_files if started else in_files or own), None)


def user_frame(block: Block) -> Frame | None:
    """The user's deepest frame in the last exception, else in the nearest one before it.

    A framework's own code counts, where it is run from its repository, only if nothing else does.
    """
    return _nearest(block, lambda frame: not of_framework(frame)) or _nearest(block, lambda _: True)


def _nearest(block: Block, counts: Callable[[Frame], bool]) -> Frame | None:
    found = (_own_frame(part, counts) for part in reversed(block.parts))
    return next((frame for frame in found if frame is not None), None)


def _own_frame(part: Part, counts: Callable[[Frame], bool]) -> Frame | None:
    blocks = [part.inner] if part.inner is not None else []
    for inner in [*blocks, *part.members[:1]]:
        found = _nearest(inner, counts)
        if found is not None:
            return found
    return deepest_own(filter(counts, part.frames))
