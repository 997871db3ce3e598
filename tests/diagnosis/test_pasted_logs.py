"""Logs as people paste them: headers missing, ends cut, prefixes, panes, link-style cells."""

from __future__ import annotations

import pytest

from lastwords.diagnosis import Ending, explain
from lastwords.diagnosis.prefixes import without_prefix

FRAMES = """\
  File "/w/train.py", line 31, in main
    trainer.fit(data)
  File "/opt/site-packages/fit.py", line 7, in fit
    raise ValueError("bad")
ValueError: bad
"""
HEADER = "Traceback (most recent call last):\n"
COLAB = """\
ValueError                                Traceback (most recent call last)
[/tmp/ipython-input-1.py](https://localhost:8080/#) in <cell line: 0>()
      1 x = load()
----> 2 fit(x)

1 frames
[/usr/local/lib/python3.12/dist-packages/fit.py](https://localhost:8080/#) in fit(x)
---> 77     raise ValueError("bad")

ValueError: bad
"""
TOPLESS = """\
│ /home/s/train.py:188 in main                 │
│                                              │
│ ❱ 188 │   save(out)                          │
╰──────────────────────────────────────────────╯
OSError: Disk quota exceeded
"""
INTERLEAVED = """\
[rank0]: Traceback (most recent call last):
[rank3]: Traceback (most recent call last):
[rank0]:   File "/w/train.py", line 1, in <module>
[rank3]:   File "/w/train.py", line 1, in <module>
[rank3]:     step()
[rank0]:     step()
[rank3]: ValueError: bad
[rank0]: RuntimeError: Connection closed by peer [10.0.0.4]:4213
"""


def behind(prefix: str, text: str) -> str:
    return "".join(f"{prefix}{line}\n" for line in text.splitlines())


def broken(width: int, text: str) -> str:
    """As a pane of this width shows it."""
    lines = [
        line[at : at + width] for line in text.splitlines() for at in range(0, len(line), width)
    ]
    return "\n".join(lines) + "\n"


BAD = "ValueError: bad"
OWN = ("/w/train.py", 31)
CANCELLED = "slurmstepd: error: *** JOB 19 ON n1 CANCELLED AT 2026-09-30 DUE TO NODE FAILURE ***"
TIMEOUT = "Watchdog caught collective operation timeout: WorkNCCL(SeqNum=9, OpType=ALLREDUCE)"

# A log; headline, file and line of the user's frame, first and last line of the error.
PASTED: dict[str, tuple[str, str, tuple[str, int], tuple[int, int]]] = {
    "no-header": (FRAMES, BAD, OWN, (1, 5)),
    "no-header-of-a-rank": (behind("[rank3]: ", FRAMES), BAD, OWN, (1, 5)),
    "no-header-in-a-container": (behind("app-1  | ", FRAMES), BAD, OWN, (1, 5)),
    "the-next-rank-is-unfinished": (
        behind("[rank3]: ", FRAMES)
        + '[rank10]:   File "/w/x.py", line 3, in <module>\n[rank10]:     super().train(x)\n'
        + "[rank10]:            ^^^^^^^^\n",
        BAD,
        OWN,
        (1, 5),
    ),
    "no-header-of-a-chain": (
        FRAMES
        + "\nDuring handling of the above exception, another exception occurred:\n\n"
        + HEADER
        + '  File "/w/run.py", line 9, in <module>\n    main()\nKeyError: 3\n',
        "KeyError: 3",
        ("/w/run.py", 9),
        (1, 12),
    ),
    "indentation-lost-behind-a-prefix": (
        behind("[12:00:02] [INFO] ", "\n".join(map(str.strip, (HEADER + FRAMES).splitlines()))),
        BAD,
        OWN,
        (1, 6),
    ),
    "cut-at-its-end": (
        "step 3\n" + HEADER + FRAMES.rpartition("    raise")[0],
        'Traceback cut off in main, "/w/train.py", line 31',
        ("/w/train.py", 31),
        (2, 5),
    ),
    "colab": (COLAB, "ValueError: bad", ("/tmp/ipython-input-1.py", 2), (1, 10)),
    "a-box-without-its-top": (
        TOPLESS,
        "OSError: Disk quota exceeded",
        ("/home/s/train.py", 188),
        (1, 5),
    ),
    "ranks-interleaved": (INTERLEAVED, "ValueError: bad", ("/w/train.py", 1), (2, 7)),
    "a-pane-of-60-columns": (
        broken(
            60,
            HEADER + '  File "/home/mk/experiments/ppo_hopper/agents/policy.py", line 98, in act\n'
            "    dist = Categorical(h)\n"
            "ValueError: Expected parameter logits of shape (16, 6) to be finite\n",
        ),
        "ValueError: Expected parameter logits of shape (16, 6) to be finite",
        ("/home/mk/experiments/ppo_hopper/agents/policy.py", 98),
        (1, 6),
    ),
    "only-the-original-of-a-worker": (
        "ValueError: Caught ValueError in DataLoader worker process 2.\nOriginal "
        + HEADER
        + FRAMES,
        BAD,
        OWN,
        (1, 7),
    ),
    "only-what-a-remote-task-carries": (
        "ray.exceptions.RayTaskError(ValueError): ray::Actor.step() (pid=7, ip=10.0.0.2)\n"
        + FRAMES,
        BAD,
        OWN,
        (1, 6),
    ),
    "the-first-frame-at-the-margin": (FRAMES.lstrip(), BAD, OWN, (1, 5)),
    "as-an-editor-s-debugger-shows-it": (
        "Exception has occurred: ValueError       (note: full exception trace is shown)\nbad\n"
        '  File "/w/fit.py", line 7, in fit (Current frame)\n    raise ValueError("bad")\n'
        '  File "/w/train.py", line 31, in main\n    fit(data)\n',
        BAD,
        ("/w/fit.py", 7),
        (1, 6),
    ),
    "the-first-frame-one-blank-in": (" " + FRAMES.lstrip(), BAD, OWN, (1, 5)),
    "a-box-below-a-box-without-its-top": (
        TOPLESS
        + "╭──── Traceback (most recent call last) ─────╮\n│ /usr/bin/run:8 in <module> │\n",
        "OSError: Disk quota exceeded",
        ("/home/s/train.py", 188),
        (1, 5),
    ),
    "a-cell-below-a-rule-and-an-empty-line": (
        "-" * 60 + "\n\n" + COLAB,
        "ValueError: bad",
        ("/tmp/ipython-input-1.py", 2),
        (1, 12),
    ),
    "ctrl-c-in-a-bar": (
        HEADER
        + '  File "/w/a.py", line 3, in <module>\n    main()\n'
        + "KeyboardInterrupt:   0%|     | 6/12000 [00:04<2:03:11,  1.62it/s]\n^C\n"
        + "mv: cannot stat 'x': No such file or directory\n",
        "KeyboardInterrupt",
        ("/w/a.py", 3),
        (1, 4),
    ),
}


@pytest.mark.parametrize("name", PASTED)
def test_a_pasted_traceback_is_read(name: str) -> None:
    log, headline, place, lines = PASTED[name]
    found = explain(log.encode(), Ending(exit_code=1))
    assert found.headline == headline
    assert found.user_frame and (found.user_frame.file, found.user_frame.line) == place
    assert found.error and (found.error.first_line, found.error.last_line) == lines


# A log with an exception and no stack; the cause, the headline, the lines of the error.
STACKLESS = {
    "what-follows-belongs-to-it": (
        "torch.distributed.DistBackendError: NCCL error in: x.cpp:268, remote process exited\n"
        "ncclRemoteError: A call failed possibly due to a network error.\n"
        "Last error:\nrecv failed : Connection reset by peer\n"
        "[2026-03-18 17:38:50,208] torch.distributed.elastic.multiprocessing.api: [ERROR] failed\n",
        "distributed.peer",
        "torch.distributed.DistBackendError: NCCL error in: x.cpp:268, remote process exited",
        (1, 4),
    ),
    "what-its-launcher-says-after-it-is-an-echo": (
        "torch.cuda.OutOfMemoryError: CUDA out of memory. Tried to allocate 3.00 GiB\n"
        "[2026-09-07 13:55:11,220] [INFO] [launch.py:315:sigkill_handler] Killing subprocess 15\n"
        "[2026-09-07 13:55:11,220] [ERROR] [launch.py:321:sigkill_handler] ['python', 'a.py'] "
        "exits with return code = 1\n",
        "memory.gpu_oom",
        "torch.cuda.OutOfMemoryError: CUDA out of memory. Tried to allocate 3.00 GiB",
        (1, 1),
    ),
    "the-statement-that-raised-it": (
        "raise EnvironmentError(\nOSError: You are trying to access a gated repo.\n"
        "Make sure to have access to it at https://huggingface.co/meta-llama/Llama-2-7b-hf.\n"
        "401 Client Error. (Request ID: Root=1-6)\n\n"
        "Cannot access gated repo for url https://huggingface.co/x/resolve/main/config.json.\n",
        "model.gated",
        "OSError: You are trying to access a gated repo.",
        (1, 6),
    ),
    "details-below-it": (
        "omegaconf.errors.ConfigAttributeError: Key 'lr_min' is not in struct\n"
        "    full_key: optim.lr_min\n    object_type=dict\n\nwith hydra 1.3\n",
        "config.invalid",
        "omegaconf.errors.ConfigAttributeError: Key 'lr_min' is not in struct",
        (1, 3),
    ),
    "one-that-no-rule-knows": (
        "acme.GadgetError: the gadget span backwards\n",
        "code.error",
        "acme.GadgetError: the gadget span backwards",
        (1, 1),
    ),
}


@pytest.mark.parametrize("name", STACKLESS)
@pytest.mark.parametrize("ending", [Ending(exit_code=1), Ending()], ids=["failed", "unknown"])
def test_an_exception_without_a_stack_is_read(name: str, ending: Ending) -> None:
    log, cause, headline, lines = STACKLESS[name]
    found = explain(log.encode(), ending)
    assert (found.cause, found.headline) == (cause, headline)
    assert found.error and (found.error.first_line, found.error.last_line) == lines
    assert not found.is_traceback


@pytest.mark.parametrize(
    "log",
    [
        "ValueError: row 3 is odd\nstep 4 loss 0.2\nstep 5 loss 0.1\n",
        "step 1 loss 0.3\nWARNING skipping a row\nValueError: row 3 is odd\nsaved model.pt\n",
    ],
)
def test_an_exception_without_a_stack_that_was_got_over_is_none(log: str) -> None:
    assert explain(log.encode(), Ending()).cause == "ok"


def test_tracebacks_torn_into_each_other_are_no_good_end() -> None:
    torn = HEADER * 3 + 'KeyE  File "a.py", line 1, in f\n  File "b.py", line 2, in g\nrror: 3\n'
    found = explain(f"Loading: 100%|###| 5/5 [00:12<00:00,  2.58s/it]\n{torn}".encode(), Ending())
    assert found.cause != "ok"


# A log without a traceback, the headline, the lines of the error.
STATED = {
    "farewell": (
        "step 1\nRuntimeError: MPS backend out of memory (1 GB)\n\n"
        "❌ Training failed with exit code 1\nCheck the logs for detailed error information\n",
        Ending(exit_code=1),
        "RuntimeError: MPS backend out of memory (1 GB)",
        (2, 2),
    ),
    "node-failure": (
        "0: step 1\nsrun: error: Node failure on n2\n"
        f"{CANCELLED}\n"
        "srun: error: Timed out waiting for job step to complete\n",
        Ending(),
        CANCELLED,
        (2, 3),
    ),
    "the-first-rank-that-timed-out": (
        f"[rank2]:[E607 18:40:12.7 ProcessGroupNCCL.cpp:616] [Rank 2] {TIMEOUT}\n"
        f"[rank0]:[E607 18:40:12.8 ProcessGroupNCCL.cpp:616] [Rank 0] {TIMEOUT}\n",
        Ending(signal="SIGABRT"),
        f"[Rank 2] {TIMEOUT}",
        (1, 2),
    ),
    "oom-event-before-the-job-is-cancelled": (
        "slurmstepd: error: Detected 1 oom_kill event in StepId=44.0. Some tasks were killed.\n"
        "srun: error: n7: tasks 1-3: Out Of Memory\n"
        "slurmstepd: error: *** STEP 44.0 ON n7 CANCELLED AT 2026-12-05T07:16:01 ***\n",
        Ending(),
        "slurmstepd: error: Detected 1 oom_kill event in StepId=44.0. Some tasks were killed.",
        (1, 1),
    ),
    "a-row-of-torchruns-table": (
        "  rank      : 0 (local_rank: 0)\n  exitcode  : -11 (pid: 33)\n"
        "  traceback : Signal 11 (SIGSEGV) received by PID 33\n" + "=" * 30 + "\n",
        Ending(),
        "traceback : Signal 11 (SIGSEGV) received by PID 33",
        (1, 4),
    ),
    "open-mpi": (
        "[n3:00366] *** Process received signal ***\n[n3:00366] Signal: Aborted (6)\n"
        "[n3:00366] Signal code:  (-6)\n[n3:00366] [ 0] /lib64/libc.so.6(abort+0x154)[0x2a]\n",
        Ending(signal="SIGABRT"),
        "Signal: Aborted (6)",
        (1, 4),
    ),
    "killed-below-a-recipe": (
        "stage 4: training\nbash: line 1:  6508 Killed      ( train.py --ngpu 0 ) 2>> exp/a.log\n\n"
        "run.pl: job failed, log is in exp/a.log\nrun.sh done.\n",
        Ending(),
        "bash: line 1:  6508 Killed      ( train.py --ngpu 0 ) 2>> exp/a.log",
        (2, 2),
    ),
    "threads-that-say-the-same-of-other-numbers": (
        "step 1\n"
        "Indexing.cu:1284: pick: block: [134,0,0], thread: [0,0,0] Assertion `a < b` failed.\n"
        "Indexing.cu:1284: pick: block: [134,0,0], thread: [1,0,0] Assertion `a < b` failed.\n",
        Ending(exit_code=1),
        "Indexing.cu:1284: pick: block: [134,0,0], thread: [0,0,0] Assertion `a < b` failed.",
        (2, 3),
    ),
    "deepspeed": (
        "[2026-05-30 01:14:02,872] [INFO] [launch.py:319:sigkill_handler] Killing subprocess 31\n"
        "[2026-05-30 01:14:02,872] [ERROR] [launch.py:325:sigkill_handler] ['python', 'sft.py'] "
        "exits with return code = -9\n",
        Ending(exit_code=1),
        "['python', 'sft.py'] exits with return code = -9",
        (1, 2),
    ),
}


@pytest.mark.parametrize("name", STATED)
def test_what_launchers_state_is_read(name: str) -> None:
    log, ending, headline, lines = STATED[name]
    found = explain(log.encode(), ending)
    assert found.headline == headline
    assert found.error and (found.error.first_line, found.error.last_line) == lines


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("[rank3]: ValueError: bad", "ValueError: bad"),
        ("2: [rank2]: ValueError: bad", "ValueError: bad"),
        ("2025-06-01 10:00:00 [rank3]: torch.OutOfMemoryError: x", "torch.OutOfMemoryError: x"),
        ("[E321 02:07:08 ProcessGroupNCCL.cpp:607] [Rank 1] late", "[Rank 1] late"),
        ("E1121 01:44:10.700 4711 cuda.cc:12] no device", "no device"),
        ("[80750] out of memory", "out of memory"),
        ("[184423.118063] Out of memory: Killed", "Out of memory: Killed"),
        ("[Thu Jan 22 03:18:44 2026] Out of memory: Killed", "Out of memory: Killed"),
        ("0.00.311.662 E llama_model_load: error", "llama_model_load: error"),
        ("(Worker pid=7719, ip=10.4.0.9) ValueError: bad", "ValueError: bad"),
        ("trainer-1  | ValueError: bad", "ValueError: bad"),
        ("[pod/train-0/main] ValueError: bad", "ValueError: bad"),
        ("2026-06-01T10:52:31.4410011Z ##[error]The job failed", "The job failed"),
        ("Nov 27 11:00:01 gpu4 train[712]: ValueError: bad", "ValueError: bad"),
        ("[1,0]<stderr>:ValueError: bad", "ValueError: bad"),
        ("ERROR 07-23 10:35:57 [core.py:586] ValueError: bad", "ValueError: bad"),
        ("[rank1]:[E ProcessGroupNCCL.cpp:1182] [Rank 1] late", "[Rank 1] late"),
        ("[job-a-0:00366] Signal: Aborted (6)", "Signal: Aborted (6)"),
        ("2026-02-17T13:02:11 (asr.sh:306:main) Error: no data", "Error: no data"),
        (":0:rocdevice.cpp  :2652: 42 us: 48: [tid:0x7f] aborting", "aborting"),
        ("OSError: [Errno 28] No space left", "OSError: [Errno 28] No space left"),
        ("[node-1] lost contact", "[node-1] lost contact"),
    ],
)
def test_a_prefix_leaves_the_headline(line: str, said: str) -> None:
    assert without_prefix(line) == said


@pytest.mark.parametrize(
    "line",
    [
        "ana@mbp nlp % ls",
        "mo@big ~/x> ls",
        "[lena@login ner]$",
        "root@7f31c2aa91d0:/workspace# ",
        "(venv) $ ls",
        "bash-5.1$ ls",
        "~/proj ❯ ls",
        "➜  proj git:(main) ✗ ls",
        "(base) PS C:\\work> dir",
        "C:\\work>dir",
        ">>> exit()",
        "In [4]: x",
        "++ date +%s",
        "[1]+  Exit 1                  python train.py",
        "Connection to 10.0.0.2 closed.",
        "(raylet, ip=10.0.0.1) A node went away",
        "(APIServer pid=7) bye",
        "trainer-1  | bye",
        'time="2026-01-01" level=info msg=bye',
    ],
)
def test_what_a_shell_or_another_program_says_ends_an_error(line: str) -> None:
    frames = '  File "/w/train.py", line 31, in main\n    raise ValueError(report)\n'
    log = f"{HEADER}{frames}ValueError: two files do not fit:\na.json has 3 rows\n{line}\n"
    error = explain(log.encode(), Ending(exit_code=1)).error
    assert error and (error.first_line, error.last_line) == (1, 5)


@pytest.mark.parametrize("line", ["C:\\a.json -> C:\\b.json", "a@b.org has none", "$5 are left"])
def test_what_reads_like_a_message_goes_on_with_it(line: str) -> None:
    frames = '  File "/w/train.py", line 31, in main\n    raise ValueError(report)\n'
    log = f"{HEADER}{frames}ValueError: two files do not fit:\n{line}\n"
    error = explain(log.encode(), Ending(exit_code=1)).error
    assert error and (error.first_line, error.last_line) == (1, 5)
