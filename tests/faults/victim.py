"""A child that dies, hangs or lies in the ways of the fault table, and one that is killed.

    python tests/faults/victim.py MODE      the modes of child.py, and those below

segfault, bus-error, aborts      native code that crashes: a null pointer, a cut mapping, abort(3)
thread-exception                 an exception in a thread alone; ends with 0
swallowed                        an exception that is caught and printed; ends with 0
import-error                     an import of what is not installed, before the first line
chained                          an exception with a cause and a context
deadlock                         takes a lock twice; hears SIGUSR1 as the trainer does
busy-regex                       native code that holds the interpreter; hears SIGUSR1
computes-Ns                      computes for N s without a word, then ends with 0
eats-memory                      allocates until it is killed
worker-eats-memory-exits-N       the same in a child of its own; ends with N
finishes-without-writing         says that it finished, and leaves an adapter as it was
finishes-with-missing-shard      an adapter whose index names a file that is not there
loses-nan-at-N                   a loss of NaN from step N on, told as the trainer tells it
gpu-oom                          PyTorch's error of a full GPU
empties-folder-then-trains       `rm -rf *` in its working folder, which is its run's, then trains
replaces-its-log                 puts another file in the place of its log, then raises
loads-data                       a DataLoader whose worker can be killed: `worker PID`, `ready`
rank-dies                        two ranks under torchrun, of which rank 1 kills itself
"""

from __future__ import annotations

import ctypes
import faulthandler
import json
import math
import mmap
import os
import re
import runpy
import signal
import sys
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent.parent))
from tests import child  # noqa: E402

MEGABYTE = 1 << 20


def segfault() -> None:
    ctypes.string_at(0)


def bus_error() -> None:
    with Path("mapped").open("w+b") as file:
        file.truncate(mmap.PAGESIZE)
        mapped = mmap.mmap(file.fileno(), mmap.PAGESIZE)
        file.truncate(0)
        mapped[0]


def thread_exception() -> None:
    def divide() -> None:
        print(1 / 0)

    thread = threading.Thread(target=divide, name="divider")
    thread.start()
    thread.join()


def swallowed() -> None:
    try:
        json.loads("{")
    except ValueError as error:
        print(f"could not train: {error}", flush=True)


def import_error() -> None:
    __import__("a_dependency_that_nobody_has")


def chained() -> None:
    try:
        try:
            json.loads("{}")["label"]
        except KeyError as error:
            raise ValueError("the example has no label") from error
    except ValueError:
        raise RuntimeError("the batch cannot be made")  # noqa: B904


def _hears_sigusr1() -> None:
    faulthandler.register(signal.SIGUSR1, all_threads=True)
    os.memfd_create("lastwords-stacks")
    print("ready", flush=True)


def deadlock() -> None:
    _hears_sigusr1()
    lock = threading.Lock()
    lock.acquire()
    lock.acquire(timeout=child.LONGEST_WAIT)


def busy_regex() -> None:
    _hears_sigusr1()
    re.match("(a+)+$", "a" * 60 + "b")


def computes(seconds: str) -> None:
    print("ready", flush=True)
    deadline = time.monotonic() + int(seconds)
    while time.monotonic() < deadline:
        sum(range(10_000))


def eats_memory() -> None:
    eaten = []
    while True:
        eaten.append(bytearray(os.urandom(64)) * (MEGABYTE // 8))


def worker_eats_memory(code: str) -> None:
    pid = os.fork()
    if not pid:
        eats_memory()
    os.waitpid(pid, 0)
    print("the parent goes on", flush=True)
    sys.exit(int(code))


def finishes_without_writing() -> None:
    child.Trainer().finish()


def finishes_with_missing_shard() -> None:
    trainer = child.Trainer()
    trainer.save(0.5, 1.0)
    shards = {"weight": "adapter_model.safetensors", "bias": "adapter_model-00002.safetensors"}
    index = trainer.output / "adapter_model.safetensors.index.json"
    index.write_text(json.dumps({"weight_map": shards}))
    trainer.finish()


def loses_nan_at(step: str) -> None:
    trainer = child.Trainer()
    for number in range(1, int(step) + 3):
        lost = number >= int(step)
        loss = None if lost else 1 / number
        names = ["loss"] if lost else []
        print(f"{{'loss': {math.nan if lost else loss}, 'epoch': 1.0}}", flush=True)
        trainer.event("metric", step=number, epoch=1.0, loss=loss, nonFinite=names)
    trainer.save(0.5, 1.0)
    trainer.loss = None
    trainer.finish()


def gpu_oom() -> None:
    import torch

    raise torch.OutOfMemoryError(
        "CUDA out of memory. Tried to allocate 2.00 GiB. GPU 0 has a total capacity of 7.79 GiB "
        "of which 1.02 GiB is free."
    )


class _Slow:
    """Rows of which each takes a while."""

    def __len__(self) -> int:
        return 1000

    def __getitem__(self, index: int) -> int:
        if index == 0:
            print(f"worker {os.getpid()}\nready", flush=True)
        time.sleep(0.2)
        return index


def loads_data() -> None:
    from torch.utils.data import DataLoader

    for _ in DataLoader(_Slow(), num_workers=1):  # type: ignore[arg-type]
        pass


def rank_dies() -> None:
    if os.environ.get("RANK") == "1":
        os.kill(os.getpid(), signal.SIGKILL)
    if "RANK" in os.environ:
        return child.hangs()
    sys.argv = ["torchrun", "--nproc-per-node=2", "--master-port=0", __file__, "rank-dies"]
    runpy.run_module("torch.distributed.run", run_name="__main__")
    return None


def empties_folder_then_trains() -> None:
    os.system("rm -rf *")
    print("the folder is empty", flush=True)
    child.trains_slowly("3")


def replaces_its_log() -> None:
    Path("output.log").rename("mine")
    Path("output.log").write_text("step 1 of 1, all is well\n")
    child.raises()


child._MODES += [
    ("empties-folder-then-trains", empties_folder_then_trains),
    ("replaces-its-log", replaces_its_log),
    ("segfault", segfault),
    ("bus-error", bus_error),
    ("aborts", os.abort),
    ("thread-exception", thread_exception),
    ("swallowed", swallowed),
    ("import-error", import_error),
    ("chained", chained),
    ("deadlock", deadlock),
    ("busy-regex", busy_regex),
    (r"computes-(\d+)s", computes),
    ("eats-memory", eats_memory),
    (r"worker-eats-memory-exits-(\d+)", worker_eats_memory),
    ("finishes-without-writing", finishes_without_writing),
    ("finishes-with-missing-shard", finishes_with_missing_shard),
    (r"loses-nan-at-(\d+)", loses_nan_at),
    ("gpu-oom", gpu_oom),
    ("loads-data", loads_data),
    ("rank-dies", rank_dies),
]

if __name__ == "__main__":
    child.main(sys.argv[1:])
