"""The cause of a failure of which one line was pasted, or a few."""

import pytest

from lastwords.diagnosis import Ending, explain


@pytest.mark.parametrize(
    ("line", "cause"),
    [
        ("AttributeError: type object 'Heron' has no attribute 'log'", "code.error"),
        ("ray.tune.error.TuneError: ('Trials did not complete', [PPO_7])", "unknown"),
        ("RuntimeError: Cannot find valid samples, check the format.", "data.empty"),
        ("RuntimeError: Heron is only supported on CUDA 11.6 and above", "deps.incompatible"),
        ("**Killed**", "process.signal"),
        ("RuntimeError: the training failed with code 3221226505", "process.signal"),
        ("AssertionError: Please install herons to run the demo.", "deps.missing"),
        ("AssertionError: optim_cfg specified in both outer field and model", "config.invalid"),
        (
            "Traceback (most recent call last):\n"
            '  File "C:\\w\\fit.py", line 3, in <module>\n    next(rows)\n'
            '  File "C:\\lib\\multiprocessing\\reduction.py", line 60, in dump\n'
            "    ForkingPickler(file).dump(obj)\nBrokenPipeError: [Errno 32] Broken pipe",
            "worker.crash",
        ),
        ("已杀死", "process.signal"),
        ("wandb: ERROR api_key not configured (no-tty). call wandb.login()", "config.invalid"),
        ("ValueError: could not broadcast input array from shape (4,) into shape (3,)",)
        + ("model.shape_mismatch",),
        ("vllm.EngineDeadError: EngineCore encountered an issue.", "worker.crash"),
        ("mlx5: n3: got completion with error:", "distributed.peer"),
        ("UnityTimeOutException: no answer. Make sure that :\n\t it runs", "process.timeout"),
        (
            "Training failed: 'cannot import name 'a' from 'peft.b' (/x/site-packages/peft)'.",
            "deps.incompatible",
        ),
        ("EE1002: 2026-09-03-16:50:00.041 Stream synchronize timeout", "gpu.fault"),
        ("EI0006: 2026-09-03-16:50:00.041 Getting socket times out", "distributed.peer"),
        (
            "(1) Resource exhausted: Attempting to allocate 180.59M. That was not possible.",
            "memory.gpu_oom",
        ),
        (
            "python: aio.cpp:159: void stop(): Assertion `0 == pending' failed.\n"
            "Killing subprocess 484\nTraceback (most recent call last):\n"
            '  File "/opt/site-packages/launch.py", line 139, in main\n    raise failed\n'
            "subprocess.CalledProcessError: Command 'python' died with <Signals.SIGABRT: 6>.",
            "process.signal",
        ),
    ],
)
def test_the_cause_of_a_pasted_line(line: str, cause: str) -> None:
    assert explain(f"{line}\n".encode(), Ending()).cause == cause
