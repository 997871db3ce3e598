"""What helps against a failure, and what is not blamed for it."""

import re

import pytest

from lastwords.diagnosis import Ending, Explanation, explain

HEAD = "Traceback (most recent call last):\n"
FRAME = '  File "{}", line 9, in main\n    {}\n'


def told(error: str, before: str = "", file: str = "/srv/reef/fit.py") -> Explanation:
    log = f"{before}\n{HEAD}{FRAME.format(file, 'run()')}{error}\n"
    return explain(log.encode(), Ending(exit_code=1))


def advice_of(found: Explanation) -> str:
    return "\n".join(f"{one.text} {one.command or ''}" for one in found.advice)


@pytest.mark.parametrize(
    ("error", "before", "helps", "misleads"),
    [
        (
            "ValueError: Expected more than 1 spatial element when training, got input size "
            "torch.Size([4, 8, 1])",
            "torch",
            "drop_last",
            "in_features",
        ),
        (
            "ValueError: The model corresponding to this feature extractor: Tide was trained using "
            "a sampling rate of 16000. Please make sure that the provided `raw_speech` input was "
            "sampled with 16000 and not 44100.",
            "",
            r"resample\(wave, 44100, 16000\)",
            "pip install",
        ),
        (
            "RuntimeError: synStatus=8 [Device not found] Device acquire failed.",
            "habana_frameworks torch",
            "hpu.device_count.*one at a time",
            "cuda|nvidia",
        ),
        (
            "RuntimeError: CUDA error: unspecified launch failure",
            "torch",
            "CUDA_LAUNCH_BLOCKING.*compute-sanitizer",
            "label|indices",
        ),
        (
            "RuntimeError: CUDA error: an illegal memory access was encountered",
            "torch",
            "indices and labels",
            "compute-sanitizer",
        ),
        (
            "KeyError: 'swell_latents'",
            "caching latents",
            "keys",
            "pip install",
        ),
    ],
)
def test_advice_is_for_this_failure(error: str, before: str, helps: str, misleads: str) -> None:
    said = advice_of(told(error, before))
    assert re.search(helps, said, re.DOTALL), said
    assert not re.search(misleads, said), said


@pytest.mark.parametrize(
    ("file", "module", "is_own"),
    [
        ("reef_voice/bin/fit.py", "reef_voice", True),
        ("/data/reef_voice/reef_voice/fit.py", "reef_voice.sea", True),
        ("/srv/reef/fit.py", "reef_voice", False),
        ("/srv/vllm/fit.py", "vllm", False),
        ("/srv/v/lib/python3.11/site-packages/tide/fit.py", "tide", False),
    ],
)
def test_a_module_named_like_the_programs_folder_is_its_own(
    file: str, module: str, is_own: bool
) -> None:
    said = advice_of(told(f"ModuleNotFoundError: No module named '{module}'", file=file))
    assert ("pip install -e ." in said and "PYTHONPATH" in said) is is_own
    assert (f"pip install {module}".replace("_", "-") in said) is not is_own


@pytest.mark.parametrize(
    "said",
    [
        "'accelerate' is not recognized as an internal or external command,",
        "'accelerate' 不是内部或外部命令，也不是可运行的程序",
        "'accelerate' \ufffd\ufffd\ufffd\ufffd\ufffdڲ\ufffd\ufffd\ufffd\ufffdⲿ\ufffd\ufffd\ufffd",
        'Der Befehl "accelerate" ist entweder falsch geschrieben oder',
        '"accelerate" no se reconoce como un comando interno o externo,',
    ],
)
def test_a_command_that_windows_does_not_know_wants_its_environment(said: str) -> None:
    log = f"[INFO] accelerate launch fit.py\n[INFO] {said}\n[ERROR] Command exited with code 1\n"
    found = explain(log.encode(), Ending(exit_code=1))
    assert found.cause == "deps.missing"
    assert "Activate the environment that accelerate" in advice_of(found)


@pytest.mark.parametrize(
    ("signal", "number", "helps", "misleads"),
    [
        ("SIGSEGV", 11, "PYTHONFAULTHANDLER", "OOM|out of memory|RAM"),
        ("SIGABRT", 6, "PYTHONFAULTHANDLER", "OOM|out of memory|RAM"),
        ("SIGKILL", 9, "OOM", "PYTHONFAULTHANDLER"),
    ],
)
def test_memory_is_blamed_for_a_rank_that_was_killed(
    signal: str, number: int, helps: str, misleads: str
) -> None:
    table = (
        "torch.distributed.elastic.multiprocessing.errors.ChildFailedError: \n"
        "=====\nfit.py FAILED\n-----\nFailures:\n  <NO_OTHER_FAILURES>\n-----\n"
        "Root Cause (first observed failure):\n[0]:\n  time      : 2025-01-02_03:04:05\n"
        "  host      : reef-0\n  rank      : 0 (local_rank: 0)\n"
        f"  exitcode  : -{number} (pid: 77)\n  error_file: <N/A>\n"
        f"  traceback : Signal {number} ({signal}) received by PID 77\n====="
    )
    found = told(table, file="/srv/v/lib/python3.11/site-packages/torch/distributed/run.py")
    assert found.cause == "process.signal"
    assert helps in advice_of(found)
    assert not re.search(misleads, advice_of(found)), advice_of(found)
