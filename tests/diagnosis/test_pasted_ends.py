"""Ends of logs as people paste them: what a launcher, a shell, libc or a service says last."""

from __future__ import annotations

import pytest

from lastwords.diagnosis import Ending, Explanation, explain

HEADER = "Traceback (most recent call last):\n"
LIBRARY = "/opt/venv/lib/python3.11/site-packages"
LAUNCHER = f"""\
  File "{LIBRARY}/accelerate/commands/launch.py", line 1017, in launch_command
    simple_launcher(args)
  File "{LIBRARY}/accelerate/commands/launch.py", line 637, in simple_launcher
    raise subprocess.CalledProcessError(returncode=process.returncode, cmd=cmd)
"""
CALLED = "subprocess.CalledProcessError: Command '['python', 'fit.py', '--epochs'"
RANKS = """\
torch.distributed.elastic.multiprocessing.errors.ChildFailedError:
============================================================
/srv/tone/fit.py FAILED
------------------------------------------------------------
Failures:
[1]:
  time      : 2026-05-04_11:02:07
  host      : node-3
  rank      : 1 (local_rank: 1)
  exitcode  : 1 (pid: 4127)
  error_file: <N/A>
"""


def said(log: str, code: int | None = None) -> Explanation:
    return explain(log.encode(), Ending(exit_code=code))


@pytest.mark.parametrize(
    "log",
    [
        LAUNCHER + CALLED,
        f"{HEADER}{LAUNCHER}{CALLED}]' returned non-zero exit status 1.",
        f'{HEADER}  File "/opt/venv/bin/torchrun", line 8, in <module>\n'
        f"    sys.exit(main())\n{RANKS}",
        "UnexpectedStatusException: Error for Training job tones-7: Failed. Reason: AlgorithmError",
    ],
)
def test_a_launcher_s_words_alone_are_no_bug_in_the_code(log: str) -> None:
    explanation = said(log + "\n", 1)
    assert explanation.cause == "unknown"
    assert explanation.user_frame is None
    assert not any("Search the issues" in advice.text for advice in explanation.advice)


def test_the_program_s_own_call_that_failed_is_still_shown() -> None:
    own = '  File "/srv/tone/cut.py", line 12, in cut\n    subprocess.run(command, check=True)\n'
    log = f"{HEADER}{own}{CALLED}]' returned non-zero exit status 1.\n"
    frame = said(log, 1).user_frame
    assert frame is not None
    assert frame.line == 12


@pytest.mark.parametrize("prefix", ["", "2026-05-04 11:02:08 "])
def test_a_table_of_ranks_without_its_root_cause_is_read(prefix: str) -> None:
    explanation = said("".join(f"{prefix}{line}\n" for line in RANKS.splitlines()))
    assert explanation.headline == "/srv/tone/fit.py FAILED"
    assert explanation.error is not None
    assert (explanation.error.first_line, explanation.error.last_line) == (1, 11)


def test_a_line_of_a_test_run_is_no_table_of_ranks() -> None:
    log = "fit.py FAILED\n" + "".join(f"epoch {n} loss 0.{9 - n}\n" for n in range(9))
    assert "FAILED" not in said(log).headline


@pytest.mark.parametrize(
    ("log", "headline"),
    [
        (
            "*** Error in `python': double free or corruption (out): 0x1e ***\nAborted",
            "*** Error in `python': double free or corruption (out): 0x1e ***",
        ),
        ("free(): invalid pointer\nAborted", "free(): invalid pointer"),
        ("corrupted size vs. prev_size\n已放弃 (核心已转储)", "corrupted size vs. prev_size"),
        (
            "start.sh: line 46: 6007 Segmentation fault (core dumped) $py $args\n"
            "There was an error running python",
            "start.sh: line 46: 6007 Segmentation fault (core dumped) $py $args",
        ),
        (
            "iter=3 loss=1.20\nGGML_ASSERT: D:\\a\\ggml\\src\\ggml.c:126: ne2 == ne02",
            "GGML_ASSERT: D:\\a\\ggml\\src\\ggml.c:126: ne2 == ne02",
        ),
    ],
)
def test_what_libc_or_an_assertion_said_is_the_headline(log: str, headline: str) -> None:
    explanation = said(log + "\n")
    assert (explanation.cause, explanation.headline) == ("process.signal", headline)


def test_python_s_own_modules_are_no_user_code_in_an_embedded_interpreter() -> None:
    log = (
        "Traceback (most recent call last):\n"
        '  File "multiprocessing\\process.py", line 108, in run\n'
        '  File "D:\\voice\\data.py", line 23, in __init__\n'
        "    rows = [line for line in f]\n"
        '  File "encodings\\cp1252.py", line 23, in decode\n'
        "UnicodeDecodeError: 'charmap' codec can't decode byte 0x81 in position 4\n"
    )
    frame = said(log).user_frame
    assert frame is not None
    assert frame.file == "D:\\voice\\data.py"


@pytest.mark.parametrize(
    "line",
    [
        "wandb: ERROR Error while calling W&B API: permission denied (<Response [403]>)",
        'wandb: ERROR failed to upsert bucket: returned error 403 Forbidden: {"errors":'
        '[{"message":"permission denied"}]}',
    ],
)
def test_a_service_that_denies_permission_is_not_the_disk(line: str) -> None:
    explanation = said(line + "\n", 1)
    assert explanation.cause == "config.invalid"
    assert any("WANDB_MODE=offline" in (advice.command or "") for advice in explanation.advice)


def test_a_folder_that_denies_permission_still_is() -> None:
    line = "PermissionError: [Errno 13] Permission denied: '/data/wandb/run-403'"
    assert said(line + "\n", 1).cause == "disk.permission"


def test_what_stands_above_a_message_that_names_a_log_explains_it() -> None:
    log = (
        "wandb: ERROR Launch exception: Permission denied to access wandb/tones/rj7\n"
        "wandb: ERROR W&B process (PID 199) did not respond\n"
        "Traceback (most recent call last):\n"
        '  File "/srv/tone/fit.py", line 16, in <module>\n'
        "    tracker.start()\n"
        "tracker.LaunchError: the tracker did not start, see: wandb/debug.log\n"
    )
    assert said(log, 1).cause == "config.invalid"


def test_workers_that_are_no_longer_alive_have_died() -> None:
    line = "RuntimeError: Some background workers are no longer alive. Read what they printed"
    assert said(line + "\n", 1).cause == "worker.crash"


def test_a_compiler_that_failed_is_no_unknown_reason() -> None:
    command = "    error: command 'gcc' failed with exit status 1\n"
    assert said(command, 1).cause == "deps.incompatible"
    line = "src/fuse.cpp:51:40: error: no member named zip"
    explanation = said(f"  building\n    {line}\n{command}", 1)
    assert (explanation.cause, explanation.headline) == ("deps.incompatible", line)


@pytest.mark.parametrize(
    ("log", "cause"),
    [
        ("ERROR: LoadError: CuError(701, nothing)", "gpu.fault"),
        ("[METAL] Command buffer execution failed: Internal Error (0e)", "gpu.fault"),
        (
            "[METAL] Command buffer execution failed: Insufficient Memory "
            "(00000008:kIOGPUCommandBufferCallbackErrorOutOfMemory)",
            "memory.gpu_oom",
        ),
    ],
)
def test_what_a_driver_of_julia_or_metal_says(log: str, cause: str) -> None:
    assert said(f"{log}\n", 1).cause == cause
