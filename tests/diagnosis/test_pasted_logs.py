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
