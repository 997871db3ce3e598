"""Pieces of logs as people paste them: torn by other processes, linked, cut, beside pictures."""

from __future__ import annotations

import json

import pytest

from lastwords.diagnosis import Ending, Explanation, explain

CELL = """\
---------------------------------------------------------------------------
RuntimeError                              Traceback (most recent call last)
Cell In[30], [line 20](vscode-notebook-cell:?execution_count=30&line=20)
     19 )
---> [20](vscode-notebook-cell:?execution_count=30&line=20) fit(model)

File [~/env/site-packages/fit.py:70](file:///home/a/env/site-packages/fit.py:70), in fit(model)
-> [70](file:///home/a/env/site-packages/fit.py:70)     raise RuntimeError("no heron")

RuntimeError: no heron
"""
HEADLESS = """\
Traceback (most recent call last):
  File "/opt/env/bin/launch", line 8, in <module>
    sys.exit(main())
"""
FRAMES = """\
Traceback (most recent call last):
  File "/srv/fit.py", line 3, in <module>
    load("heron")
"""
TIMED = """\
---------------------------------------------------------------------------
RuntimeError                              Traceback (most recent call last)
<timed exec> in <module>

/opt/env/lib/python3.8/site-packages/fit.py in fit(model)
---> 67     raise RuntimeError("no heron")

RuntimeError: no heron
"""
FLAT = """\
    18:46:44  File "/srv/fit.py", line 83, in build
    18:46:44  model = make(parts)
    18:46:44  File "/srv/parts.py", line 5, in make
    18:46:44  return parts[name]
    18:46:44  KeyError: 'heron'
"""
TORN = """\
Traceback (most recent call last):
Traceback (most recent call last):
  File "spawn.py", line 105, in spawn_main
  File "spawn.py", line 105, in spawn_main
OSError  File "spawn.py", line 115, in _main
  File "heap.py", line 55, in __setstate__
: [WinError 1455] The paging file is too small
"""
AT_ONCE = "ValueErrorValueError: : no heronno heron\n"
SIMPLIFIED = """\
jax.errors.SimplifiedTraceback: For simplicity, JAX has removed its internal frames.

The above exception was the direct cause of the following exception:

Traceback (most recent call last):
  File "/srv/fit.py", line 3, in <module>
    step(state)
  File "/opt/jaxlib/call"""
ASCEND = """\
[W Fallback.cpp:51] Warning: falls back to the CPU
EI0006: 2026-08-05-18:15:21.270.506 Getting socket times out. Reason: Remote Rank did not send
        Solution: 1. Check the other ranks.
"""
DICT = """\
FloatingPointError: Loss became infinite or NaN at iteration=27!
loss_dict = {'cls': nan,
 'box': 0.2}
[02/10 22:55:41 d2.engine.hooks]: Total training time: 0:14:14
"""
PICTURE = """\
ImportError: cannot import name 'Heron' from 'birds' (/srv/birds/__init__.py)
'########:'########:::::'###::::'####:'##::: ##:'####:
... ##..:: ##.... ##:::'## ##:::. ##:: ###:: ##:. ##::
::: ##:::: ##:::: ##::'##:. ##::: ##:: ####: ##:: ##::
::: ##:::: ########::'##:::. ##:: ##:: ## ## ##:: ##::
"""
OUTDATED = """\
Traceback (most recent call last):
  File "/srv/fit.py", line 3, in <module>
    raise RuntimeError("no heron")
RuntimeError: no heron
`torch_dtype` is deprecated! Use `dtype` instead!
"""
TWICE = """\
terminate called after throwing an instance of 'std::runtime_error'
terminate called after throwing an instance of 'std::runtime_error'
  what():  Check failed: n > 1 at tree.cpp, line 876
"""
LISTED = """\
Config validation error
training -> optimizer   instance of Optimizer expected
training -> batcher     extra fields not permitted
"""
PADDED = "".join(  # as a pane of 70 columns shows it
    f"{line:70}\n"
    for line in (
        "Traceback (most recent call last):",
        '  File "/srv/fit.py", line 18, in <module>',
        "    connect(port)",
        '  File "/opt/env/lib/python3.8/site-packages/torch/distributed/rendezv',
        'ous.py", line 190, in _env',
        "    store = TCPStore(port)",
        "RuntimeError: Address already in use",
    )
)
BROKEN = "".join(  # at 80 columns
    f"{line[at : at + 80]}\n"
    for line in (
        '  File "/opt/env/lib/python3.6/site-packages/tensorflow/o.py", line 2630, in create_op',
        "    original_op=self._default_original_op, op_def=op_def)",
        "InvalidArgumentError (see above for traceback): Received a label value of 87 which is "
        "outside the valid range of [0, 1).",
    )
    for at in range(0, len(line), 80)
)
NATIVE = """\
alloc: needed 409600000, largest block 339804192
GGML_ASSERT: ggml-alloc.c:148: !"not enough space in the buffer"
./train.sh: line 1:  1108 Abort trap: 6           ./finetune --threads 8
"""
COORDINATOR = """\
INFO:tensorflow:global step 2: loss = 4.0957
INFO:tensorflow:Error reported to Coordinator: <class 'ExhaustedError'>, OOM for tensor
  [[Node: batch]]
Hint: set report_tensor_allocations_upon_oom
"""
DUMP = """\
Windows fatal exception: access violation

Current thread 0x00001580 (most recent call first):
  File "C:\\\\w\\\\fit.py", line 12 in fit
"""

# A log; headline, line of the user's frame, first and last line of the error.
PIECES: dict[str, tuple[str, str, int | None, tuple[int, int]]] = {
    "cell-with-links": (CELL, "RuntimeError: no heron", 20, (1, 10)),
    "cell-that-was-timed": (TIMED, "RuntimeError: no heron", None, (1, 8)),
    "flat-behind-the-time": (FLAT, "KeyError: 'heron'", 5, (1, 5)),
    "torn-by-processes": (
        TORN,
        "OSError: [WinError 1455] The paging file is too small",
        None,
        (5, 7),
    ),
    "said-at-once": (AT_ONCE, "ValueError: no heron", None, (1, 1)),
    "in-a-comment": ("#ValueError: no heron\n", "ValueError: no heron", None, (1, 1)),
    "behind-a-worker-of-a-pod": (
        "2026-10-22 02:48:58 10.128.0.33 [3] ValueError: no heron\n",
        "ValueError: no heron",
        None,
        (1, 1),
    ),
    "codes-of-ascend": (ASCEND, ASCEND.split("\n")[1], None, (2, 3)),
    "values-below-the-message": (DICT, DICT.split("\n")[0], None, (1, 3)),
    "picture-below": (PICTURE, PICTURE.split("\n")[0], None, (1, 1)),
    "a-notice-is-no-going-on": (OUTDATED, "RuntimeError: no heron", 3, (1, 4)),
    "two-processes-terminate": (
        TWICE,
        "std::runtime_error: Check failed: n > 1 at tree.cpp, line 876",
        None,
        (1, 3),
    ),
    "a-list-below-its-heading": (LISTED, "Config validation error", None, (1, 3)),
    "lines-filled-up-by-a-pane": (PADDED, "RuntimeError: Address already in use", 18, (1, 7)),
    "a-native-check": (NATIVE, NATIVE.split("\n")[1], None, (2, 2)),
    "a-message-that-begins-below": (
        "RuntimeError:\n        A process was started before\n        its parent was ready.\n",
        "RuntimeError: A process was started before its parent was ready.",
        None,
        (1, 3),
    ),
    "told-by-tensorflow": (
        COORDINATOR,
        COORDINATOR.split("\n")[1].removeprefix("INFO:tensorflow:"),
        None,
        (2, 4),
    ),
    "a-line-of-pytest": (
        "E   pyarrow.lib.ArrowInvalid: no heron in row 0\n\npyarrow/error.pxi:100: ArrowInvalid\n",
        "pyarrow.lib.ArrowInvalid: no heron in row 0",
        None,
        (1, 1),
    ),
    "a-rank-that-was-killed": (
        "E0424 01:17:26.952000 521 torch/elastic/api.py:869] failed (exitcode: -6) local_rank: 6\n"
        + HEADLESS,
        "failed (exitcode: -6) local_rank: 6",
        None,
        (1, 1),
    ),
    "a-rank-that-failed-behind-a-pane": (
        "W1128 Sending process 7 closing signal SIGTERM\n"
        "ERROR:torch.distributed.elastic.api:failed (exitcode: 1) local_rank: 5 of binary: /opt/\n"
        "env/bin/python\n" + HEADLESS.rpartition("    sys")[0],
        "failed (exitcode: 1) local_rank: 5 of binary: /opt/env/bin/python",
        None,
        (2, 5),
    ),
    "stopped-by-the-keyboard-below-torchrun": (
        "^CW0128 10:15:38.077000 12 torch/agent/api.py:741] Received Signals.SIGINT death signal, "
        "shutting down workers\nW0128 10:15:38.077000 12 torch/api.py:851] Sending process 5 "
        'closing signal SIGINT\nTraceback (most recent call last):\n  File "/opt/site-packages/'
        'torch/api.py", line 76, in _terminate_process_handler\n    raise SignalException(said)\n'
        "torch.distributed.elastic.mult",
        "Received Signals.SIGINT death signal, shutting down workers",
        None,
        (1, 2),
    ),
    "cells-without-their-header": (
        "   30 rows = load()\n" + TIMED.partition("timed exec> in <module>\n")[2].lstrip(),
        "RuntimeError: no heron",
        None,
        (2, 5),
    ),
    "cells-cut-within": (
        CELL.partition("\n\nRuntime")[0].replace('("no heron")', ""),
        "RuntimeError",
        20,
        (1, 8),
    ),
    "typographic-quotes": (
        "`Traceback (most recent call last):\nFile “/srv/fit.py”, line 3, in fit\nload(“a”)\n"
        "File “/opt/site-packages/a.py”, line 9, in load\nraise ValueError(\n"
        "ValueError: no ‘heron’`\n",
        "ValueError: no ‘heron’",
        3,
        (1, 6),
    ),
    "in-quotes": (
        '"' + FRAMES + "OSError: no heron in 'birds'\"\n",
        "OSError: no heron in 'birds'",
        3,
        (1, 4),
    ),
    "in-quotes-that-close-later": (
        "'" + FRAMES + "KeyError: 'birds'\n'\n",
        "KeyError: 'birds'",
        3,
        (1, 4),
    ),
    "a-frame-that-a-pane-broke-in-its-function": (
        BROKEN,
        "InvalidArgumentError (see above for traceback): Received a label value of 87 which is "
        "outside the valid range of [0, 1).",
        None,
        (1, 5),
    ),
    "a-message-that-begins-in-the-next-line": (
        "FileNotFoundError: \nDataset '/srv/birds.yaml' not found, missing paths ['/srv/val']\n",
        "FileNotFoundError: Dataset '/srv/birds.yaml' not found, missing paths ['/srv/val']",
        None,
        (1, 2),
    ),
    "a-line-that-begins-as-the-one-before": (
        "RuntimeError: Dataset 'birds.yaml' error ❌ \nDataset 'birds.yaml' images not found\n",
        "RuntimeError: Dataset 'birds.yaml' error ❌",
        None,
        (1, 2),
    ),
    "an-option-that-is-unknown-above-scraps": (
        "fit.py: error: unrecognized arguments: --heron\nTraceback (most recent call last):\n"
        "subprocess.CalledProcessError:\n",
        "fit.py: error: unrecognized arguments: --heron",
        None,
        (1, 1),
    ),
    "usage-in-code-marks": (
        "`usage: fit.py [-h] --name NAME\n              [--heron]\n"
        "fit.py: error: the following arguments are required: --name`\n",
        "fit.py: error: the following arguments are required: --name",
        None,
        (1, 3),
    ),
    "what-a-test-runner-passes-on": (
        "stderr: Traceback (most recent call last):\n"
        'stderr:   File "/srv/fit.py", line 3, in fit\nstderr:     load()\n'
        "stderr: ValueError: no heron\n",
        "ValueError: no heron",
        3,
        (1, 4),
    ),
    "in-bold-letters": (
        FRAMES + "**OSError: libheron.so.11: cannot open shared object file**\n",
        "OSError: libheron.so.11: cannot open shared object file",
        3,
        (1, 4),
    ),
    "in-code-marks": (
        "`" + TIMED.rstrip() + "`\n",
        "RuntimeError: no heron",
        None,
        (1, 8),
    ),
    "one-line-in-code-marks-with-words-in-them": (
        '`ValueError("Please set `herons` in `birds.toml`") `\n',
        'ValueError("Please set `herons` in `birds.toml`")',
        None,
        (1, 1),
    ),
    "indented-below-what-announces-it": (
        "But I got the error:\n    RuntimeError: no heron\n",
        "RuntimeError: no heron",
        None,
        (2, 2),
    ),
    "killed-behind-a-bar": (
        "Test set: 0it [00:00, ?it/s]./apply.sh: line 145: 28491 Killed       birds apply\n"
        "Something went wrong when applying the model\nAborting.\n",
        "./apply.sh: line 145: 28491 Killed       birds apply",
        None,
        (1, 1),
    ),
    "what-c-plus-plus-adds-to-an-error-of-r": (
        "Error in Tensor_slice(x$ptr) : \n  too many indices for tensor of dimension 1\n"
        "Exception raised from applySlicing at TensorIndexing.h:440 (most recent call first):\n",
        "Error in Tensor_slice(x$ptr) : too many indices for tensor of dimension 1",
        None,
        (1, 3),
    ),
    "a-dump-on-windows": (DUMP, "Windows fatal exception: access violation", 12, (1, 4)),
}


def told(log: str) -> Explanation:
    return explain(log.encode(), Ending())


@pytest.mark.parametrize("name", PIECES)
def test_a_pasted_piece_is_read(name: str) -> None:
    log, headline, line, span = PIECES[name]
    explanation = told(log)
    assert explanation.headline == headline
    assert (explanation.user_frame and explanation.user_frame.line) == line
    assert explanation.error is not None
    assert (explanation.error.first_line, explanation.error.last_line) == span


def test_a_chain_in_a_json_record_begins_with_what_caused_it() -> None:
    text = (
        "urllib.error.URLError: <urlopen error certificate verify failed>\n\n"
        "The above exception was the direct cause of the following exception:\n\n"
        'Traceback (most recent call last):\n  File "/srv/job.py", line 149, in start\n'
    )
    cut = json.dumps("    open(url)\n" + text)[3:-8]
    for log in (json.dumps({"message": text}), cut):
        assert told(log + "\n").headline.startswith("urllib.error.URLError: <urlopen error")


def test_what_jax_says_of_its_own_stack_is_no_exception() -> None:
    explanation = told(SIMPLIFIED)
    assert "SimplifiedTraceback" not in explanation.headline
    assert explanation.user_frame is not None
    assert explanation.user_frame.file == "/srv/fit.py"


def test_a_loss_that_is_not_a_number_has_advice() -> None:
    explanation = told("iter 0: loss 4.81\niter 1: loss nan\n")
    assert explanation.cause == "numeric.nan"
    assert explanation.advice


def test_a_job_that_was_cancelled_did_not_end_well() -> None:
    log = (
        "step 3 loss 0.5\nslurmstepd: error: *** JOB 37 ON n2 CANCELLED AT 2026-08-03T16:28 ***\n"
        "slurmstepd: error: *** STEP 37.0 ON n2 CANCELLED AT 2026-08-03T16:28 ***\n"
    )
    explanation = told(log)
    assert explanation.cause == "process.signal"
    assert explanation.error is not None
    assert (explanation.error.first_line, explanation.error.last_line) == (2, 3)
