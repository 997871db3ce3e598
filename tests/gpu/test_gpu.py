"""Real runs on a real NVIDIA GPU; skipped where there is none. `-s` prints figures.

Needs torch with CUDA; the fault by a bad address also needs cupy.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from tests.real import clean_environment, until
from tests.trainer.kit import PAIRS, make_llama, make_tokenizer

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA GPU here")

BUSY = """
import time, torch
a = torch.randn(8192, 8192, device="cuda", dtype=torch.bfloat16)
begun, step = time.time(), 0
while time.time() - begun < 8:
    for _ in range(50):
        b = a @ a
    torch.cuda.synchronize()
    step += 1
    print(f"step {step} loss: {1 / step:.4f}", flush=True)
"""
TOO_MUCH = """
import torch
def widen(rows):
    return torch.empty(rows, 1 << 30, device="cuda")
kept = []
def main():
    for rows in range(1, 1000):
        kept.append(widen(1))
main()
"""
BAD_INDEX = """
import torch
table = torch.nn.Embedding(320, 64).cuda()
def embed(ids):
    return table(ids)
out = embed(torch.tensor([[1, 2, 5000]], device="cuda"))
print(out.sum().item())
"""
BAD_ADDRESS = """
import cupy
kernel = cupy.RawKernel('extern "C" __global__ void f(long long* p) { p[threadIdx.x] = 1; }', "f")
def launch():
    kernel((1,), (32,), (0x10,))
    cupy.cuda.Device().synchronize()
launch()
"""
NEVER_ENDS = """
import torch
print("step 1 loss: 0.5", flush=True)
for _ in range(100):
    torch.cuda._sleep(1 << 42)
torch.cuda.synchronize()
"""
DEADLOCK = """
import threading, torch
held = torch.empty(8 << 30, dtype=torch.uint8, device="cuda").fill_(1)
torch.cuda.synchronize()
print("step 1 loss: 0.5", flush=True)
lock = threading.Lock()
lock.acquire()
lock.acquire()
"""
HOLDS = """
import time, torch
held = torch.empty(8 << 30, dtype=torch.uint8, device="cuda").fill_(1)
torch.cuda.synchronize()
print("held", flush=True)
time.sleep(600)
"""


def lastwords(home: Path, *words: str, **settings: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "lastwords", *words, "--home", str(home)]
    return subprocess.run(
        command, capture_output=True, text=True, env=clean_environment(**settings), check=False
    )


def recorded(home: Path, code: str, **settings: str) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """The run of a program, as it is listed and as it is explained."""
    begun = time.monotonic()
    with started(home, code, **settings) as run:
        run.wait(120)
    shown = json.loads(lastwords(home, "show", "latest", "--json").stdout)
    why = json.loads(lastwords(home, "explain", "latest", "--json").stdout)
    print(f"\n{shown['status']} after {time.monotonic() - begun:.1f} s: {why['cause']}")
    print(f"  {why['title']} | {why['headline']} | {why['userFrame']}")
    print("\n".join(f"  -> {advice['text']} {advice['command'] or ''}" for advice in why["advice"]))
    return shown, why


@contextmanager
def started(home: Path, code: str, **settings: str) -> Iterator[subprocess.Popen[bytes]]:
    """`lastwords run` of a program, in the background."""
    script = home / "train.py"
    script.write_text(code)
    command = ["-m", "lastwords", "run", "--quiet", "--home", str(home), "--", sys.executable]
    with subprocess.Popen(
        [sys.executable, *command, str(script)], env=clean_environment(**settings)
    ) as run:
        yield run


def used_memory() -> int:
    """MiB of the first GPU that are in use, by nvidia-smi."""
    query = ["nvidia-smi", "--query-gpu=memory.used", "--format=csv,noheader,nounits"]
    return int(subprocess.run(query, capture_output=True, text=True, check=True).stdout.split()[0])


def samples(home: Path) -> list[Mapping[str, Any]]:
    files = home.glob("runs/*/1/samples.jsonl")
    return [json.loads(line) for file in files for line in file.read_text().splitlines()]


def _busiest(sample: Mapping[str, Any]) -> int:
    return max((gpu["utilPercent"] for gpu in sample.get("gpus", [])), default=0)


def test_a_run_on_a_gpu_has_its_curve_and_how_busy_the_gpu_was(home: Path) -> None:
    shown, _ = recorded(home, BUSY)
    assert shown["status"] == "completed" and shown["finalLoss"] < 0.5
    gpus = [gpu for sample in samples(home) for gpu in sample.get("gpus", [])]
    busiest = max(gpu["utilPercent"] for gpu in gpus)
    print(f"  {len(gpus)} samples, at most {busiest} % and {max(g['memoryBytes'] for g in gpus)} B")
    assert busiest > 50 and max(gpu["memoryBytes"] for gpu in gpus) > 256 << 20


def test_too_little_gpu_memory_is_named_with_its_line(home: Path) -> None:
    shown, why = recorded(home, TOO_MUCH)
    assert (shown["status"], why["cause"]) == ("failed", "memory.gpu_oom")
    assert "CUDA out of memory. Tried to allocate" in why["headline"]
    assert why["userFrame"]["function"] == "widen"


def test_an_index_outside_an_embedding_is_a_failed_check(home: Path) -> None:
    _, why = recorded(home, BAD_INDEX)
    assert why["cause"] == "gpu.fault"
    assert why["title"] == "A check in a GPU kernel failed: srcIndex < srcSelectDimSize"


def test_a_bad_address_in_a_kernel_is_a_gpu_fault(home: Path) -> None:
    pytest.importorskip("cupy")
    _, why = recorded(home, BAD_ADDRESS)
    assert why["cause"] == "gpu.fault"
    assert why["userFrame"]["function"] == "launch"


def test_a_deadlock_on_an_idle_gpu_is_a_stall(home: Path) -> None:
    shown, why = recorded(
        home, DEADLOCK, LASTWORDS_STALL_SECONDS="5", LASTWORDS_STALL_ACTION="kill"
    )
    assert (shown["status"], why["cause"]) == ("failed", "process.timeout")
    assert until(lambda: used_memory() < 2000, 30)


def test_a_kernel_that_never_ends_is_busy_and_can_be_cancelled(home: Path) -> None:
    """A run whose GPU works is not stalled, however long it says nothing."""
    with started(home, NEVER_ENDS, LASTWORDS_STALL_SECONDS="3") as run:
        until(lambda: any(_busiest(sample) == 100 for sample in samples(home)), 60)
        time.sleep(8)  # longer than a stall takes
        shown = json.loads(lastwords(home, "show", "latest", "--json").stdout)
        assert shown["flags"] == [] and shown["status"] == "running"
        begun = time.monotonic()
        lastwords(home, "cancel", "latest")
        run.wait(60)
        print(f"\ncancelled after {time.monotonic() - begun:.1f} s")
    assert until(lambda: used_memory() < 2000, 30)


def test_a_killed_run_gives_its_gpu_memory_back(home: Path) -> None:
    before = used_memory()
    with started(home, HOLDS) as run:
        child = until(lambda: next(iter(home.glob("runs/*/1/child.json")), None), 60)
        until(lambda: used_memory() > before + (8 << 10), 60)
        os.kill(json.loads(child.read_text())["pid"], signal.SIGKILL)
        assert run.wait(30) == 137
    assert until(lambda: used_memory() < before + 1000, 15)


@pytest.fixture(scope="module")
def llama(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A decoder of half a billion random weights, with a tokenizer of its own."""
    from transformers import AutoConfig, AutoModelForCausalLM

    folder = tmp_path_factory.mktemp("llama")
    config = AutoConfig.for_model(
        "llama",
        vocab_size=len(make_tokenizer(folder)),
        hidden_size=1536,
        intermediate_size=6144,
        num_hidden_layers=16,
        num_attention_heads=16,
        num_key_value_heads=4,
        pad_token_id=0,
        bos_token_id=None,
        eos_token_id=1,
    )
    torch.manual_seed(0)
    AutoModelForCausalLM.from_config(config).save_pretrained(folder)
    return folder


def train(home: Path, model: Path, *flags: str, **settings: str) -> Mapping[str, Any]:
    data = home / "rows.jsonl"
    lines = [json.dumps({"prompt": ask, "completion": answer}) for ask, answer in PAIRS * 8]
    data.write_text("\n".join(lines) + "\n")
    words = ["train", "--json", "--data-file", str(data), "--base-model", str(model), *flags]
    begun = time.monotonic()
    done = lastwords(home, *words, "--quiet", **settings)
    run: Mapping[str, Any] = json.loads(done.stdout)
    print(f"\n{run['status']} after {time.monotonic() - begun:.1f} s: {run['title']}")
    if run["status"] == "completed":
        told = json.loads(next(Path(run["outputDir"]).glob("training_run.json")).read_text())
        names = ("device", "precision", "estimated_memory_bytes", "peak_memory_bytes", "final_loss")
        print("  " + ", ".join(f"{name} {told.get(name)}" for name in names))
    else:
        print(f"  {run['cause']}: {run['errorPreview'][-600:]}")
    return run


@pytest.mark.parametrize(
    ("method", "precision"), [("lora", "bf16"), ("lora", "fp32"), ("prompt-tuning", "bf16")]
)
def test_the_trainer_learns_on_a_gpu(home: Path, llama: Path, method: str, precision: str) -> None:
    run = train(
        home, llama, "--method", method, "--precision", precision, "--batch-size", "16",
        "--epochs", "2", "--learning-rate", "1e-3",
    )  # fmt: skip
    assert run["status"] == "completed" and run["finalLoss"] is not None


def test_a_gpu_and_the_cpu_learn_the_same(home: Path, tmp_path: Path) -> None:
    model = make_llama(tmp_path / "tiny")
    flags = (
        "--precision",
        "fp32",
        "--batch-size",
        "16",
        "--epochs",
        "2",
        "--lora-dropout",
        "0",
        "--learning-rate",
        "1e-2",
    )
    on_gpu = train(home, model, *flags)
    on_cpu = train(home, model, *flags, CUDA_VISIBLE_DEVICES="")
    print(f"  loss on the GPU {on_gpu['finalLoss']}, on the CPU {on_cpu['finalLoss']}")
    assert abs(on_gpu["finalLoss"] - on_cpu["finalLoss"]) < 1e-3


def test_the_trainer_on_a_full_gpu_says_what_to_change(home: Path, llama: Path) -> None:
    free = torch.cuda.mem_get_info()[0]
    held = torch.empty(free - (1 << 30), dtype=torch.uint8, device="cuda")
    try:
        run = train(home, llama, "--batch-size", "256", "--precision", "fp32")
    finally:
        del held
        torch.cuda.empty_cache()
    assert (run["status"], run["cause"]) == ("failed", "memory.gpu_oom")
