"""Where the reason of a failure stands beside the exception that ended it, in another's words."""

from __future__ import annotations

import pytest

from lastwords.diagnosis import Ending, Explanation, explain

HEAD = "Traceback (most recent call last):\n"
OWN = '  File "/srv/reef/train.py", line 9, in <module>\n    learn()\n'
SPAWN = '/usr/lib/python3.11/multiprocessing/spawn.py", line 122, in spawn_main\n    main(fd)\n'
CONNECTION = '  File "/usr/lib/python3.11/multiprocessing/connection.py", line 399, in _recv\n'


def of(log: str, ending: Ending | None = None) -> Explanation:
    return explain(log.encode(), ending or Ending())


def advice_on(log: str) -> str:
    return "\n".join(f"{one.text} {one.command or ''}" for one in of(log).advice)


@pytest.mark.parametrize("lost", ["EOFError", "ConnectionResetError: [Errno 104] reset by peer"])
def test_the_child_s_own_error_is_told_and_not_the_pipe_that_it_closed(lost: str) -> None:
    child = (
        f'Process Tide-2:\n{HEAD}  File "/usr/lib/python3.11/multiprocessing/process.py", '
        "line 314, in _bootstrap\n    self.run()\n"
        '  File "/srv/reef/tide.py", line 4, in rise\n    x[7]\n'
        "IndexError: list index out of range\n"
    )
    found = of(f"{child}{HEAD}{OWN}{CONNECTION}    raise EOFError\n{lost}\n")
    assert found.headline == "IndexError: list index out of range"
    assert found.user_frame is not None
    assert found.user_frame.file == "/srv/reef/tide.py"


def test_a_closed_pipe_alone_is_still_told() -> None:
    assert of(f"{HEAD}{OWN}{CONNECTION}    raise EOFError\nEOFError\n").headline == "EOFError"


def test_what_python_ignored_at_the_end_is_no_failure() -> None:
    done = "2 epochs completed in 0.1 hours.\nResults saved to out/reef\n"
    ignored = (
        f"Exception ignored in: <function Loader.__del__ at 0x7f>\n{HEAD}"
        '  File "/opt/lib/python3.11/site-packages/torch/loader.py", line 7, in __del__\n'
        "    self.stop()\nAssertionError: can only test a child process\n"
    )
    assert of(done + ignored).cause == "ok"


def test_the_shell_s_word_of_what_was_killed_goes_before_the_echo_of_its_code() -> None:
    found = of(
        "reef-1  | rows 20\nreef-1  | ./fit.sh: line 3:   71 Killed     python rows.py\n"
        "reef-1 exited with code 137\n"
    )
    assert "Killed     python rows.py" in found.headline
    assert found.cause == "process.signal"
    assert "coredumpctl" not in "".join(one.command or "" for one in found.advice)


def test_an_exit_code_that_nothing_else_explains_is_still_told() -> None:
    assert of("rows 20\nreef-1 exited with code 137\n").headline == "reef-1 exited with code 137"


@pytest.mark.parametrize(
    ("log", "cause"),
    [
        ("epoch 3 loss 0.2\n##[error]The action 'fit' has timed out after 9 minutes.\nPost job "
         "cleanup.\nCleaning up orphan processes\n", "process.timeout"),
        ("slurmstepd: error: execve(): reefrun: No such file or directory\nsrun: error: n1: task "
         "0: Exited with exit code 2\n+ echo over\nover\n", "deps.missing"),
        ("docker: Error response from daemon: error running prestart hook #0: exit status 1\n"
         "nvidia-container-cli: requirement error: unsatisfied condition: cuda>=13.1\n"
         "(base) kim@box:~$ nvidia-smi\n| Driver Version: 535.1 |\n", "gpu.unavailable"),
    ],
)  # fmt: skip
def test_what_a_starter_says_is_read_where_more_follows_it(log: str, cause: str) -> None:
    assert of(log).cause == cause


def test_the_compiler_s_line_above_is_the_reason_of_its_command_s_failure() -> None:
    said = "/tmp/x/y.hpp:3:10: fatal error: 'vector' file not found\n1 error generated.\n"
    found = of(f"{said}{HEAD}{OWN}RuntimeError: miopenStatusUnknownError\n")
    assert (found.cause, found.headline) == (
        "deps.missing",
        "RuntimeError: miopenStatusUnknownError",
    )
    assert of(f"{HEAD}{OWN}RuntimeError: miopenStatusUnknownError\n").cause == "code.error"


def test_carets_that_ray_leaves_below_a_task_s_name_do_not_hide_its_stack() -> None:
    found = of(
        f"{HEAD}{OWN}ray.exceptions.RayTaskError(ValueError): ray::Tide.run() (pid=3)\n"
        '           ^^^^^^^^^^^\n  File "/srv/reef/tide.py", line 31, in run\n    ebb()\n'
        "ValueError: ebb\n"
    )
    assert found.user_frame is not None
    assert found.user_frame.line == 31


def test_the_text_that_a_spawned_process_executes_is_not_the_user_s() -> None:
    log = f'{HEAD}  File "<string>", line 1, in <module>\n  File "{SPAWN}OSError: tide\n'
    assert of(log).user_frame is None
    assert of(f'{HEAD}  File "<string>", line 1, in <module>\nOSError: tide\n').user_frame


def test_a_pool_s_own_word_on_a_dead_worker_is_the_headline() -> None:
    inner = (
        f'joblib.externals.loky.process_executor._RemoteTraceback: \n"""\n{HEAD}'
        '  File "/opt/lib/python3.11/site-packages/joblib/process_executor.py", line 7, in flag\n'
        '    item.popitem()\nKeyError: \'dictionary is empty\'\n"""\n\n'
    )
    link = "The above exception was the direct cause of the following exception:\n\n"
    lost = "joblib.externals.loky.process_executor.TerminatedWorkerError: A worker process was lost"
    assert of(f"{inner}{link}{HEAD}{OWN}{lost}\n").headline == lost


def test_the_schema_in_a_cast_s_message_belongs_to_it_and_to_the_chain() -> None:
    cast = (
        f"{HEAD}{OWN}datasets.table.CastError: Couldn't cast\ntext: string\ndepth: double\nto\n"
        "{'text': Value('string')}\nbecause column names don't match\n\n"
    )
    link = "During handling of the above exception, another exception occurred:\n\n"
    last = (
        f"{HEAD}{OWN}datasets.exceptions.DatasetGenerationCastError: An error occurred\n\n"
        "All the data files must have the same columns\n"
    )
    found = of(cast + link + last)
    assert found.error is not None
    assert (found.error.first_line, found.error.last_line) == (1, 18)


def test_a_path_of_windows_with_slashes_is_no_mac() -> None:
    log = f'{HEAD}  File "C:/Users/kim/reef.py", line 3, in <module>\n    go()\n'
    assert "lldb" not in advice_on(f"{log}Windows fatal exception: access violation\n")


@pytest.mark.parametrize(("module", "wheels"), [("torch_scatter", True), ("tqdm", False)])
def test_only_an_extension_of_pyg_is_taken_from_its_wheels(module: str, wheels: bool) -> None:
    log = f"{HEAD}{OWN}ModuleNotFoundError: No module named '{module}'\n"
    assert ("data.pyg.org" in advice_on(f"torch_geometric 2.6\n{log}")) is wheels


LAUNCHED = """\
Traceback (most recent call last):
  File "/opt/venv/bin/accelerate", line 8, in <module>
    sys.exit(main())
  File "/opt/venv/lib/python3.11/site-packages/accelerate/commands/launch.py", line 637, in launch
    raise subprocess.CalledProcessError(returncode=process.returncode, cmd=cmd)
subprocess.CalledProcessError: Command '['python', 'fit.py']' returned non-zero exit status 1.
"""
STOPPED = """\
Traceback (most recent call last):
  File "/opt/venv/bin/torchrun", line 8, in <module>
    sys.exit(main())
  File "/opt/venv/lib/python3.11/site-packages/torch/distributed/elastic/api.py", line 85, in stop
    raise SignalException(f"Process {pid} got signal: {signal}", sigval=signal)
torch.distributed.elastic.multiprocessing.api.SignalException: Process 812 got signal: 15
"""


@pytest.mark.parametrize(
    ("above", "headline"),
    [
        (
            "0%| | 0/9 [00:00<?, ?it/s]Error no kernel at line 9 in file a.hip",
            "Error no kernel",
        ),
        ("loading\nFATAL: tones.bin holds no tones\n", "FATAL: tones.bin"),
        ("loading\nWARNING: the tokenizer is slow", "subprocess.CalledProcessError"),
        ("loading\nkept 812 rows", "subprocess.CalledProcessError"),
    ],
)
def test_a_program_s_own_last_words_go_before_its_launcher_s(above: str, headline: str) -> None:
    assert explain(f"{above}\n{LAUNCHED}".encode(), Ending()).headline.startswith(headline)


@pytest.mark.parametrize(
    ("why", "cause"),
    [
        (
            "slurmstepd: error: *** STEP 5.0 ON n CANCELLED AT 9 DUE TO TIME LIMIT ***",
            "timeout",
        ),
        ("slurmstepd: error: *** STEP 5.0 ON n CANCELLED AT 9 DUE TO NODE FAILURE ***", "peer"),
        ("slurmstepd: error: Detected 1 oom-kill event(s) in StepId=5.0.", "host_oom"),
    ],
)
def test_why_a_process_was_stopped_goes_before_that_it_was(why: str, cause: str) -> None:
    log = f"step 8 loss 0.3\n{why}\nsrun: Job step aborted\n{STOPPED}".encode()
    for code in (None, 1):
        explanation = explain(log, Ending(exit_code=code))
        assert explanation.cause.endswith(cause)
        assert explanation.error is not None
        assert explanation.error.first_line == 2


def test_the_kernel_s_word_below_the_launcher_s_names_the_reason() -> None:
    table = "".join(f"[178.{n}] [ 1991{n}]  1000 1991{n}  276  0\n" for n in range(100, 112))
    log = (
        "[INFO] [launch.py:321:sigkill_handler] ['python', '-u', 'fit.py'] exits with "
        f"return code = -9\n\n$ dmesg | tail\n{table}"
        "[179.100] Out of memory: Killed process 88 (python) total-vm:1kB, anon-rss:9kB\n"
    ).encode()
    for code in (None, 1):
        assert explain(log, Ending(exit_code=code)).cause == "memory.host_oom"


def test_the_rank_that_the_watchdog_noticed_first_is_told_and_not_the_last_to_crash() -> None:
    def noticed(rank: int) -> str:
        return (
            f"[E ProcessGroupNCCL.cpp:475] [Rank {rank}] Watchdog caught collective operation "
            "timeout: WorkNCCL(SeqNum=9, OpType=ALLREDUCE) ran for 1800251 milliseconds\n"
        )

    crash = "terminate called after throwing an instance of 'std::runtime_error'\n  what():  "
    log = f"step 8\n{noticed(7)}{noticed(0)}"
    log += "".join(f"{crash}[Rank {rank}] NCCL watchdog thread terminated\n" for rank in (7, 0))
    log += "".join(f"srun: error: n{n}: task {n}: Aborted (core dumped)\n" for n in range(9))
    assert explain(log.encode(), Ending()).headline.startswith("[Rank 7] Watchdog caught")


def test_open_mpi_s_words_on_a_signal_are_one_error_behind_any_tag() -> None:
    said = """\
*** Process received signal ***
Signal: Segmentation fault (11)
Signal code: Address not mapped (1)
Failing at address: 0x18
[ 0] /lib/x86_64-linux-gnu/libpthread.so.0(+0x143c0)[0x7f13a2b9e3c0]
*** End of error message ***
"""
    log = "step 8\n" + "".join(f"[1,2]<stderr>:[n3:142] {line}\n" for line in said.splitlines())
    explanation = explain(f"{log}{'-' * 60}\n".encode(), Ending())
    assert explanation.error is not None
    assert (explanation.error.first_line, explanation.error.last_line) == (2, 7)
