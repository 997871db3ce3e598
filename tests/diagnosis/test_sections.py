"""Messages with parts that are set off from them: each is one error, and its reason is told."""

from __future__ import annotations

import pytest

from lastwords.diagnosis import Ending, Explanation, explain

OWN = """\
step 8
Traceback (most recent call last):
  File "/srv/tone/fit.py", line 31, in fit
    net(rows)
"""
LIBRARY = '  File "/opt/venv/lib/python3.11/site-packages/{}", line 9, in call\n'
RULE, BLANK = "-" * 40, " "
PADDLE = f"""\
MemoryError:{BLANK}

{RULE}
C++ Traceback (most recent call last):
{RULE}
0   tanh_ad_func(paddle::experimental::Tensor const&)
1   paddle::memory::allocation::CUDAAllocator::AllocateImpl(unsigned long)

----------------------
Error Message Summary:
----------------------
ResourceExhaustedError:{BLANK}

Out of memory error on GPU 1. Cannot allocate 40.000244MB memory on GPU 1.

Please check whether there is any other process using GPU 1.
1. If yes, please stop them.
 (at ../paddle/fluid/memory/allocation/cuda_allocator.cc:86)
"""
MINDSPORE = f"""\
RuntimeError: Launch kernel failed: Default/Reshape-op7

{RULE}
- Ascend Error Message:
{RULE}
E39999: Inner Error!
        TraceBack (most recent call last):
        Kernel task happen error, retCode=0x2a.

(Please search "CANN Common Error Analysis" for error code description)

{RULE}
- C++ Call Stack: (For framework developers)
{RULE}
mindspore/ccsrc/runtime/kernel_actor.cc:17 ExecuteLaunchKernelTask
"""
FITS = f"""\
ValueError:{BLANK}
All the 4 fits failed.
It is very likely that your model is misconfigured.

Below are more details about the failures:
{RULE}{RULE}
3 fits failed with the following error:
Traceback (most recent call last):
{LIBRARY.format("sklearn/base.py")}    raise ValueError(said)
ValueError: Input y contains NaN.

{RULE}{RULE}
1 fits failed with the following error:
Traceback (most recent call last):
{LIBRARY.format("sklearn/base.py")}    raise TypeError(said)
TypeError: no tones
"""
CODEC = f"""\
RuntimeError: Could not load libtones. Likely causes:
          1. The codec is not installed.

[start of libtones loading traceback]
codec version 8:
Traceback (most recent call last):
{LIBRARY.format("torch/_ops.py")}OSError: libtone.so.8: cannot open shared object file

codec version 4:
Traceback (most recent call last):
{LIBRARY.format("torch/_ops.py")}OSError: libtone.so.4: cannot open shared object file
[end of libtones loading traceback].
"""
RAY = """\
ray.exceptions.OutOfMemoryError: Task was killed due to the node running low on memory.
Memory on the node was 478.66GB / 503.44GB (0.95), which exceeds the threshold of 0.95.
PID\tMEM(GB)\tCOMMAND
812\t61.07\tray::fit
813\t0.44\t/opt/ray/raylet --raylet_s...
Refer to the documentation on how to address it. Set max_restarts to enable retry when it crashes.
"""
DEVICE = f"""\
{LIBRARY.format("ultralytics/utils/torch_utils.py")}    raise ValueError(
ValueError: Invalid CUDA 'device=3' requested. Use 'device=cpu' if available.

torch.cuda.is_available(): False
torch.cuda.device_count(): 0
os.environ['CUDA_VISIBLE_DEVICES']: None
See https://pytorch.org/ for instructions if no devices are seen by torch.
"""
FARE_WELL = {
    "": "",
    "kaldi": "# Accounting: time=6 threads=1\n# Ended (code 1) at Tue Oct  8 14:22:48 UTC 2024\n",
    "emoji": "🚀 INFO   | 2024-01-11 03:04:41 | autotrain.cli:run:336 - Job ID: 4183\n",
    "raylet": "(raylet) [2026-01-01 09:32:10 E 8 8] node_manager.cc:3277: 1 Workers killed\n",
    "elastic": "ERROR:torch.distributed.elastic.multiprocessing.api:failed (exitcode: 1)\n",
}


def said(message: str, after: str = "") -> Explanation:
    return explain((OWN + message + after).encode(), Ending())


@pytest.mark.parametrize("after", FARE_WELL)
@pytest.mark.parametrize("message", [PADDLE, MINDSPORE, FITS, CODEC, RAY, DEVICE])
def test_a_message_of_several_sections_is_one_error(message: str, after: str) -> None:
    explanation = said(message, FARE_WELL[after])
    assert explanation.error is not None
    last = 4 + message.count("\n")
    assert (explanation.error.first_line, explanation.error.last_line) == (2, last)
    assert explanation.user_frame is not None
    assert explanation.user_frame.line == 31


def test_what_paddle_sums_up_is_the_error_and_not_python_s_nearest_type() -> None:
    explanation = said(PADDLE)
    assert explanation.headline.startswith("ResourceExhaustedError: Out of memory error on GPU 1.")
    assert explanation.cause == "memory.gpu_oom"


def test_why_the_first_fit_failed_is_told() -> None:
    explanation = said(FITS)
    assert explanation.headline == "ValueError: Input y contains NaN."
    assert explanation.cause == "data.malformed"


def test_what_was_tried_while_loading_is_not_the_headline() -> None:
    assert said(CODEC).headline == "RuntimeError: Could not load libtones. Likely causes:"
