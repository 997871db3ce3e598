"""What native programs print of their end: complaints, stacks; and marks around a line."""

from __future__ import annotations

import pytest

from lastwords.diagnosis import Ending, Explanation, explain

KALDI = """\
LOG (heron-init[5.5]:main():heron-init.cc:68) Read raw net
ERROR (heron-init[5.5]:Input():io.cc:75) Error opening input stream exp/lda.mat

[ Stack-Trace: ]
/opt/kaldi/libbase.so(kaldi::Log::Message() const+0xb42) [0x7fa15c70e692]
heron-init(main+0x2f1) [0x55c0d0a4e2c1]
"""
MARIAN = """\
[2027-03-22 11:01:42] Ep. 4 : Up. 22000 : Cost 26.35
GPUassert: an illegal memory access was encountered /opt/marian/tensor.cu 83
GPUassert: driver shutting down /opt/marian/tensor.cu 46
*** Error in `./marian': double free or corruption (!prev): 0x000055821fb66320 ***
Segmentation fault (core dumped)
"""
GLOG = """\
I0415 14:59:21.779458  4246 factory.hpp:77] Creating layer heron
F0415 14:59:21.779479  4246 factory.hpp:81] Check failed: count == 1 (0 vs. 1) Unknown type: Heron

*** Check failure stack trace: ***
    @     0x7f72e4994274  google::LogMessage::Fail()
Aborted (core dumped)
"""
DEBUGGER = """\
Program received signal SIGSEGV, Segmentation fault.
0x0000000000466399 in marian::reserve(unsigned long) ()
(gdb) bt
#0  0x0000000000466399 in marian::reserve(unsigned long) ()
#1  0x000000000041d2d8 in main ()
"""
DARKNET = """\
Loaded: 0.000060 seconds
Cannot load image "/srv/voc/heron_1.jpg"
Couldn't open file: /srv/voc/heron_1.txt
darknet: ./src/cuda.c:36: check_error: Assertion `0' failed.
Aborted (core dumped)
"""
TASK = """\
[task 2027-01-21T17:12:18.382Z] [2027-01-21 17:10:38] [data] Setting vocabulary size to 32,000
[task 2027-01-21T17:12:19.382Z] [2027-01-21 17:10:39] Error: Curand error 203 - rand.cpp:74: create
"""
RANKED = """\
[rank0]:2027-01-28 13:23:00,193 - root - INFO - Training starts at step 1
[rank0]:[rank0]:[E128 13:23:00.788972321 PG.cpp:1897] Thread died: CUDA error: illegal memory access
[rank0]:CUDA kernel errors might be asynchronously reported at some other API call.
[rank0]:For debugging consider passing CUDA_LAUNCH_BLOCKING=1
"""

R = """\
[LightGBM] [Info] Total Bins 2440

 *** caught segfault ***
address 0x7f3b0c000010, cause 'memory not mapped'

Traceback:
 1: lgb.train(params = p, data = heron, nrounds = 50)
An irrecoverable exception occurred. R is aborting now ...
"""
DOTNET = """\
Epoch 1 loss 0.61
Fatal error. System.AccessViolationException: Attempted to read or write protected memory.
   at TorchSharp.PInvoke.NativeMethods.THSTensor_mm(IntPtr, IntPtr)
   at Heron.Main(String[])
"""
MPIRUN = """\
[1,0]<stdout>:step 40 loss 1.20
--------------------------------------------------------------------------
Primary job  terminated normally, but 1 process returned
a non-zero exit code. Per user-direction, the job has been aborted.
--------------------------------------------------------------------------
mpirun noticed that process rank 1 with PID 41 on node n7 exited on signal 4 (Illegal instruction).
--------------------------------------------------------------------------
"""


def explained(log: str) -> Explanation:
    return explain(log.encode(), Ending())


@pytest.mark.parametrize(
    ("log", "headline", "first", "last"),
    [
        (
            KALDI,
            "ERROR (heron-init[5.5]:Input():io.cc:75) Error opening input stream exp/lda.mat",
            2,
            6,
        ),
        (
            MARIAN,
            "GPUassert: an illegal memory access was encountered /opt/marian/tensor.cu 83",
            2,
            5,
        ),
        (GLOG, "Check failed: count == 1 (0 vs. 1) Unknown type: Heron", 2, 5),
        (DEBUGGER, "Program received signal SIGSEGV, Segmentation fault.", 1, 5),
        (DARKNET, 'Cannot load image "/srv/voc/heron_1.jpg"', 2, 4),
        (TASK, "Error: Curand error 203 - rand.cpp:74: create", 2, 2),
        (RANKED, "Thread died: CUDA error: illegal memory access", 2, 4),
    ],
)
def test_the_first_complaint_is_the_headline_and_the_native_stack_belongs_to_it(
    log: str, headline: str, first: int, last: int
) -> None:
    found = explained(log)
    assert found.headline == headline
    assert found.error is not None
    assert (found.error.first_line, found.error.last_line) == (first, last)


@pytest.mark.parametrize(
    ("log", "headline", "first", "last"),
    [
        (R, "*** caught segfault ***", 3, 8),
        (DOTNET, DOTNET.splitlines()[1], 2, 4),
        (MPIRUN, MPIRUN.splitlines()[5], 2, 7),
    ],
)
def test_a_crash_that_a_runtime_or_a_launcher_states_is_one(
    log: str, headline: str, first: int, last: int
) -> None:
    found = explained(log)
    assert (found.cause, found.headline) == ("process.signal", headline)
    assert found.error is not None
    assert (found.error.first_line, found.error.last_line) == (first, last)


@pytest.mark.parametrize("marks", ["*{}*", "**{}**", "_{}_", '"{}"', "_'{}'_", "“{}”", "~~{}~~"])
def test_marks_and_quotes_around_an_exception_are_no_part_of_it(marks: str) -> None:
    said = "RuntimeError: heron 7 has no wing"
    found = explained(f"It said\n\n{marks.format(said)}\n")
    assert (found.headline, found.cause) == (said, "code.error")


def test_quotes_around_its_first_and_last_word_stay() -> None:
    found = explained("'heron' failed: expected an int, not 'wing'\n")
    assert found.headline == "'heron' failed: expected an int, not 'wing'"


@pytest.mark.parametrize(
    "said",
    [
        "RuntimeError: cuda runtime error (2) : out of memory at /pytorch/THCStorage.cu:58",
        "RuntimeError: GPUassert: out of memory heron.cu 32",
        "RuntimeError: cudaMallocAsync failed: out of memory",
        "MPS backend out of memory",
    ],
)
def test_memory_is_the_gpu_s_where_the_message_names_one(said: str) -> None:
    assert (
        explained(
            f'Traceback (most recent call last):\n  File "t.py", line 3, in f\n{said}\n'
            if ":" in said
            else f"ERROR: {said}\n"
        ).cause
        == "memory.gpu_oom"
    )


TABLE = """\
torch.distributed.elastic.multiprocessing.errors.ChildFailedError:
============================================================
heron.py FAILED
------------------------------------------------------------
Root Cause (first observed failure):
[0]:
  time      : 2027-01-05_10:00:00
  rank      : 1 (local_rank: 1)
  exitcode  : {code} (pid: 77)
  error_file: <N/A>
  traceback : {said}
============================================================
"""


def test_a_launcher_s_table_is_a_guess_unless_it_names_a_signal() -> None:
    told = explained(TABLE.format(code=1, said="To enable traceback see: https://pytorch.org/"))
    killed = explained(TABLE.format(code=-9, said="Signal 9 (SIGKILL) received by PID 77"))
    assert (told.confidence, killed.confidence) == ("unknown", "likely")


def test_a_check_in_a_program_s_own_words_is_a_guess() -> None:
    assert explained(GLOG).confidence == "unknown"


@pytest.mark.parametrize("top", ["...", "*", "…"])
def test_a_library_whose_path_was_shortened_is_no_frame_of_the_user(top: str) -> None:
    found = explained(
        'Traceback (most recent call last):\n  File "fit.py", line 9, in <module>\n    env.step()\n'
        f'  File "{top}/multiprocessing/connection.py", line 399, in _recv\n    raise EOFError\n'
        "EOFError\n"
    )
    assert found.user_frame is not None
    assert (found.user_frame.file, found.user_frame.line) == ("fit.py", 9)


def test_an_interrupt_that_only_the_terminal_shows_is_one() -> None:
    found = explained("Resizing\n608 x 608\n^C\n")
    assert (found.cause, found.headline) == ("process.signal", "^C")


def test_an_index_into_nothing_is_no_matter_of_tokens() -> None:
    said = "InvalidArgumentError: indices[0] = 0 is not in [0, {})"
    assert explained(said.format(0) + "\n").cause != "data.tokenization"
    assert explained(said.format(32_000) + "\n").cause == "data.tokenization"


@pytest.mark.parametrize(
    ("line", "title"),
    [
        ("Fatal Python error: Segmentation fault", "Crashed: segmentation fault"),
        ("train.sh: line 4: 6007 Bus error (core dumped) $py", "Crashed: bus error"),
        (MPIRUN.splitlines()[5], "Crashed: illegal instruction"),
        ("train.sh: line 4: 6007 Killed $py", "Killed by a signal"),
    ],
)
def test_a_crash_is_called_by_the_fault_that_the_log_states(line: str, title: str) -> None:
    assert explained(line + "\n").title == title
