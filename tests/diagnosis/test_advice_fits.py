"""Advice fits what the log shows: the program, the vendor, the system; and no advice misleads.

The first half asserts what is said of one failure under several programs or vendors, as a table.
The second walks every recorded failure and asserts what may never be said of it.
"""

import json
import re
from pathlib import Path

import pytest

from lastwords.diagnosis import Ending, explain
from lastwords.diagnosis.rules.advice import OneOf, Say
from lastwords.diagnosis.rules.context import PROGRAMS, SERVICES, VENDORS
from lastwords.diagnosis.rules.named import NAMED
from lastwords.diagnosis.rules.order import RULES, WORDING
from lastwords.diagnosis.rules.texts import own_text, said_to_do, sections

FAILURES = Path(__file__).parents[1] / "failures"
HEAD = 'Traceback (most recent call last):\n  File "/srv/a/train.py", line 7, in main\n    step()\n'


def advice(log: str, ending: Ending | None = None) -> str:
    """All that is advised, one line each."""
    explanation = explain(log.encode(), ending or Ending(exit_code=1))
    return "\n".join(f"{one.text} {one.command or ''}" for one in explanation.advice)


def library(*frames: str) -> str:
    """Frames of installed code, so that the log shows which framework runs."""
    return "".join(
        f'  File "/srv/v/lib/python3.11/site-packages/{file}", line 1, in run\n    run()\n'
        for file in frames
    )


def failing(error: str, *frames: str, before: str = "") -> str:
    return f"{before}\n{HEAD}{library(*frames)}{error}\n"


CUDA_OOM = "torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB."
NAN = "RuntimeError: loss is nan at step 4"
KILLED = Ending(signal="SIGKILL")
FITS = [
    # memory of the device: the program's own parameter
    (failing(CUDA_OOM, "transformers/trainer.py"), "per_device_train_batch_size", "--accumulation"),
    (failing(CUDA_OOM, "lightning/pytorch/x.py"), "accumulate_grad_batches", "per_device"),
    (failing(CUDA_OOM, "ultralytics/engine/trainer.py"), "batch=-1", "per_device"),
    (failing(CUDA_OOM, "deepspeed/runtime/x.py"), "train_micro_batch_size_per_gpu", "--accum"),
    (failing(CUDA_OOM, before="python t.py --bs_batch 64"), "--bs_batch 32", "per_device"),
    (failing(CUDA_OOM, "lastwords/trainer/loop.py"), "--accumulation 2", "per_device"),
    (failing(CUDA_OOM, before="axolotl train x.yml"), "micro_batch_size", "--accumulation"),
    # the vendor's tool and variable
    (failing(CUDA_OOM, "torch/a.py"), "nvidia-smi", "rocm-smi"),
    (failing(CUDA_OOM.replace("CUDA", "HIP"), "torch/a.py"), "PYTORCH_HIP_ALLOC_CONF", "nvidia"),
    (failing(CUDA_OOM.replace("CUDA", "NPU"), "torch/a.py"), "npu-smi", "nvidia|CUDA"),
    (failing(CUDA_OOM.replace("CUDA", "XPU"), "torch/a.py"), "xpu-smi", "nvidia|CUDA"),
    (failing("RuntimeError: MPS backend out of memory", "torch/a.py"), "WATERMARK", "nvidia|CUDA"),
    (failing("RuntimeError: CUDA error: device-side assert triggered"), "CUDA_LAUNCH_BL", "AMD_S"),
    (
        failing("RuntimeError: HIP error: unspecified launch failure"),
        "AMD_SERIALIZE",
        "CUDA_LAUNCH",
    ),
    (failing("RuntimeError: HIP error: invalid device function"), "HSA_OVERRIDE", "CUDA|nvidia"),
    (
        failing("RuntimeError: CUDA error: no kernel image is available", "torch/a.py"),
        "arch_list",
        "HSA",
    ),
    (
        failing("AssertionError: Torch not compiled with CUDA enabled", "torch/a.py"),
        "nvidia-smi",
        "mps",
    ),
    (
        failing("AssertionError: Torch not compiled with CUDA enabled", before="macOS 15 arm64"),
        "device\\('mps'\\)",
        "nvidia",
    ),
    # memory of the host: the scheduler's words
    (
        "srun: job 9 started\nslurmstepd: error: Detected 1 oom_kill event in StepId=9.0\n",
        "--mem",
        "resources",
    ),
    ("kubelet: container killed\nOOMKilled\n", "resources.limits.memory", "--mem "),
    (
        failing("ray.exceptions.OutOfMemoryError: Task was killed"),
        "RAY_memory_usage_threshold",
        "--mem ",
    ),
    (failing("OSError: The paging file is too small (os error 1455)"), "paging file", "free -h"),
    # the service in the message
    (failing("ConnectionError: could not reach https://huggingface.co/a"), "HF_HUB_OFFLINE", "pg_"),
    (
        failing("ConnectionError: could not reach https://minio.lake:9000/a", "botocore/a.py"),
        "minio",
        "HF_",
    ),
    (
        failing(
            'psycopg2.OperationalError: connection to server at "db" (10.0.0.2), port 5432 failed: '
            "Connection refused"
        ),
        "pg_isready -h db -p 5432",
        "HF_|curl",
    ),
    (failing("requests.exceptions.ProxyError: Tunnel connection failed: 407"), "proxy", "HF_TOKEN"),
    # the package at fault
    (
        failing("ImportError: /v/site-packages/flash_attn_2_cuda.so: undefined symbol: _ZN3c10"),
        "--no-deps flash-attn\\b",
        "force-reinstall torch",
    ),
    (
        failing(
            "ImportError: /v/site-packages/flash_attn_2_cuda.cpython-311-x86_64-linux-gnu.so: "
            "undefined symbol: _ZN3c10"
        ),
        "--no-deps flash-attn\\b",
        "force-reinstall torch",
    ),
    (
        failing("ImportError: libx.so: version `GLIBCXX_3.4.32' not found"),
        "libstdc",
        "reinstall torch",
    ),
    (
        failing("RuntimeError: operator torchvision::nms does not exist"),
        "torchvision",
        "force-reins",
    ),
    # the place: in a step, and while weights are loaded
    (
        failing("RuntimeError: mat1 and mat2 shapes cannot be multiplied (8x3 and 4x2)"),
        "Print the",
        "ignore_m",
    ),
    (
        failing("RuntimeError: Error(s) in loading state_dict for Net:\n\tsize mismatch for a"),
        "config.json",
        "Print the shapes",
    ),
    # time limits, resuming, workers, NaN
    (
        "slurmstepd: error: *** JOB 4 ON n1 CANCELLED AT 2026-01-01 DUE TO TIME LIMIT ***\n",
        "--time",
        "minutes",
    ),
    (
        "##[error]The job running on A has exceeded the maximum execution time of 9 minutes.\n",
        "timeout-minutes",
        "--time",
    ),
    (
        failing("KeyboardInterrupt", "transformers/trainer.py"),
        "resume_from_checkpoint",
        "ckpt_path",
    ),
    (failing("KeyboardInterrupt", "lightning/pytorch/x.py"), "ckpt_path", "resume_from"),
    (failing(NAN, "optax/a.py"), "optax.clip_by_global_norm", "detect_anomaly"),
    (failing(NAN, "torch/a.py"), "detect_anomaly", "--learning-rate"),
    (failing(NAN, "keras/a.py"), "clipnorm", "--learning-rate"),
    (
        failing("joblib.externals.loky.process_executor.TerminatedWorkerError: died"),
        "n_jobs",
        "dataloader",
    ),
    (
        failing(
            "RuntimeError: DataLoader worker (pid 4) is killed by signal: Killed.", "torch/a.py"
        ),
        "num_workers=0",
        "--data",
    ),
    # ports
    (
        failing("OSError: [Errno 98] Address already in use", before="listening on :8000"),
        "ss -ltnp",
        "lsof",
    ),
    (
        failing("RuntimeError: EADDRINUSE, port: 29500", "torch/distributed/run.py"),
        "--master_port",
        "curl",
    ),
    # where no rule knows it
    (failing("ValueError: the moon is blue", "acme/moon.py"), "pip show acme", "nvidia"),
    ("step 1\n", "OOM", "expandable"),
]


@pytest.mark.parametrize("code", [1, None])
def test_a_python_that_does_not_find_itself_is_no_crash_and_no_package(code: int | None) -> None:
    log = (FAILURES / "deps.missing" / "no_encodings" / "output.log").read_bytes()
    found = explain(log, Ending(exit_code=code))
    assert (found.cause, found.title) == (
        "deps.missing",
        "Python does not find its own standard library",
    )
    said = advice(log.decode(), Ending(exit_code=code))
    assert "unset PYTHONHOME" in said
    assert "pip install" not in said


@pytest.mark.parametrize(
    ("file", "words"),
    [
        ("<string>", "the code given as a string (python -c), line 2"),
        ("<stdin>", "the code given on standard input, line 2"),
        ("train.py", "train.py:2"),
    ],
)
def test_a_place_to_check_is_a_file_or_said_in_words(file: str, words: str) -> None:
    frames = f'  File "{file}", line 3, in <module>\n  File "{file}", line 2, in f\n'
    log = f"{HEAD.splitlines()[0]}\n{frames}NameError: name 'x' is not defined\n"
    assert f"Check {words}, in f" in advice(log)


@pytest.mark.parametrize(("log", "says", "never"), FITS)
def test_what_is_advised_is_in_the_words_of_what_the_log_shows(
    log: str, says: str, never: str
) -> None:
    said = advice(log, KILLED if log == "step 1\n" else None)
    assert re.search(says, said), said
    assert not re.search(never, said), said


# --- every recorded failure ----------------------------------------------------------------------

CASES = sorted(path.parent for path in FAILURES.glob("*/*/expected.json"))
OTHERS = {
    "rocm": r"HIP error|HIP out of memory|\brocm|amdgpu|Memory access fault by GPU",
    "mps": r"MPS backend|/Users/|macOS|darwin",
    "npu": r"NPU out of memory|torch_npu|Hccl",
    "xpu": r"XPU out of memory|level_zero|UR_RESULT|\bxpu\b",
    "hpu": r"HPU out of memory|habana|synStatus",
}
TOOLS = {
    "cuda": r"nvidia-smi|PYTORCH_CUDA|CUDA_LAUNCH|\bxid\b|nvcc|NCCL_",
    "rocm": r"rocm-smi|rocminfo|PYTORCH_HIP|AMD_SERIALIZE|HSA_",
    "mps": r"PYTORCH_MPS|device\('mps'\)",
    "npu": r"npu-smi|PYTORCH_NPU|ASCEND_|HCCL_",
    "xpu": r"xpu-smi",
    "hpu": r"hl-smi",
}
OURS = re.compile(
    r"(?<![\w-])--(?:batch-size|accumulation|gradient-accumulation-steps|learning-rate|resume-from|"
    r"dataloader-num-workers|save-total-limit|output-dir|lora-targets|time-limit-seconds)\b"
)
UNIX = re.compile(r"\b(?:sudo|dmesg|apt-get|ls -l|df -|free -h|findmnt|chown|coredumpctl|iconv)\b")
PATH = re.compile(r"(?<![\w:/$.~*])(?:/|\.{0,2}/)?(?:[\w.@+-]+/)+[\w.@+-]*")
ALWAYS = re.compile(
    r"^(?:/tmp\b|/dev/(?:shm|accel|dri|null|vfio)|/sys/fs/cgroup\b|/lib$|~/|/?(?:adapter_config\.json)?$|"
    r"(?:/etc|/usr/share)/(?:OpenCL|vulkan)\b|/usr/local/Ascend\b)"
)


def explained(case: Path) -> tuple[str, str, str]:
    expected = json.loads((case / "expected.json").read_text())
    log = (case / "output.log").read_bytes()
    ending = Ending(exit_code=expected.get("exitCode"), signal=expected.get("signal"))
    found = explain(log, ending).advice
    commands = "\n".join(one.command or "" for one in found)
    return log.decode("utf-8", "replace"), "\n".join(one.text for one in found), commands


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.parent.name}/{case.name}")
def test_no_advice_is_for_another_vendor_program_or_system(case: Path) -> None:
    log, texts, commands = explained(case)
    said = f"{texts}\n{commands}"
    vendors = [name for name, shows in OTHERS.items() if re.search(shows, log)]
    for vendor in vendors:
        others = [tool for name, tool in TOOLS.items() if name not in vendors]
        assert not re.search("|".join(others), said), (vendor, said)
    if not vendors:
        foreign = [tool for name, tool in TOOLS.items() if name not in ("cuda", "mps")]
        assert not re.search("|".join(foreign), said), said
    if not re.search(r"lastwords.trainer|baseModel", log):
        assert [flag for flag in OURS.findall(said) if flag not in log] == []
    if re.search(r'File "[A-Z]:\\', log) or "WinError" in log:
        assert not UNIX.search(commands), commands
    assert [name for name in re.findall(r"\{\w+\}", texts) if name not in log] == []


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.parent.name}/{case.name}")
def test_every_path_that_a_command_names_stands_in_the_log(case: Path) -> None:
    log, _, commands = explained(case)
    for line in commands.splitlines():
        words = line if "python -c" not in line else line.rpartition('"')[2]
        for path in PATH.findall(words):
            bare = path.strip("'\"").rstrip("/.")
            assert ALWAYS.match(bare) or bare in log.replace("\\\\", "\\"), (line, bare)
    assert not re.search(r"mkdir -p \.(?:\s|$)", commands)


# --- the table of texts --------------------------------------------------------------------------


def every_say() -> list[tuple[str, Say]]:
    ideas = [(name, idea) for name in sections() if name != "said" for idea in own_text(name).todo]
    found = [(name, say) for name, idea in ideas if isinstance(idea, OneOf) for say in idea]
    return found + [("said", say) for _, say in said_to_do()]


def test_every_condition_and_placeholder_of_the_texts_is_known() -> None:
    special = {"loading", "linux", "local", "batch-of-one", *PROGRAMS, *VENDORS, *SERVICES}
    by_rules = set(re.findall(r"\?P<(\w+)>", "".join(rule.says for rule in (*RULES, *WORDING))))
    by_fill = {"targets", "modules", "pip", "own", "newer", "older", "program", "debian", "start"}
    by_fill |= {"wanted", "parent_of_file", "table", "column", "node", "died", "script"}
    by_fill |= {"now", "cpan", "npm", "section", "brew", "dev"}
    by_fill |= {"wheel", "loader", "system", "row", "batch", "folder_of_image", "atari", "way"}
    by_fill |= {"settings", "setting_now", "trl", "instead", "checkout"}
    by_fill |= {"apex", "build", "extension", "lonely", "mim", "missing_tasks", "owner", "source"}
    for name, say in every_say():
        tags = re.split(r"[,|]", say.when) if say.when else []
        assert {tag.removeprefix("!") for tag in tags} <= special, (name, say.when)
        named = set(re.findall(r"\{(\w+)\}", f"{say.text} {say.command or ''}"))
        assert named <= set(NAMED) | by_rules | by_fill, (name, named)


def test_no_section_of_the_texts_is_left_over() -> None:
    source = "".join(
        p.read_text() for p in (FAILURES.parents[1] / "backend").rglob("diagnosis/**/*.py")
    )
    text = "\n".join(line for lines in sections().values() for line in lines)
    causes = {rule.cause for rule in (*RULES, *WORDING)} | {"code.error", "silent.no_artifact"}
    used = {name for name in sections() if name in causes or f'"{name}"' in source}
    used |= {name for name in sections() if f"- {name}" in text or f"like: {name}" in text}
    used |= {name for name in sections() if name.startswith("of-") or name == "said"}
    assert sorted(set(sections()) - used) == []
