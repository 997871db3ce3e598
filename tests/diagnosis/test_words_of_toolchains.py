"""Compilers at run time, extensions, shared libraries, Windows' statuses, limits, coordinators."""

import re

import pytest

from lastwords.diagnosis import Ending, Explanation, explain

HEAD = 'Traceback (most recent call last):\n  File "/srv/reef/fit.py", line 9, in main\n    run()\n'
LAUNCH = '  File "/srv/v/lib/python3.11/site-packages/{}.py", line 1, in run\n    raise it\n'


def told(error: str, before: str = "") -> Explanation:
    return explain(f"{before}\n{HEAD}{error}\n".encode(), Ending(exit_code=1))


def advice_of(found: Explanation) -> str:
    return "\n".join(f"{one.text} {one.command or ''}" for one in found.advice)


@pytest.mark.parametrize(
    ("module", "helps", "misleads"),
    [
        ("amp_C", "git\\+https://github.com/NVIDIA/apex", "pip install amp"),
        ("scaled_masked_softmax_cuda", "APEX_CUDA_EXT", "pip install scaled"),
        ("dropout_layer_norm", "--no-deps flash-attn", "pip install dropout|apex"),
        ("selective_scan_cuda", "--no-deps mamba-ssm", "pip install selective"),
        ("mmcv._ext", "mim install mmcv", "pip install mmcv"),
        ("detectron2._C", "git\\+https://github.com/facebookresearch/detectron2", "pip install _C"),
        ("diff_gaussian_rasterization", "submodule update", "pip install diff"),
        ("MultiScaleDeformableAttention", "Deformable DETR", "pip install Multi"),
        ("fairseq.data.data_utils_fast", "extension of fairseq", "pip install fairseq"),
        ("tide_pool_cuda", "folder of the project", "pip install tide"),
        ("reef.ops._C", "folder of the project", "pip install reef"),
    ],
)
def test_an_extension_is_built_by_its_project(module: str, helps: str, misleads: str) -> None:
    found = told(f"ModuleNotFoundError: No module named '{module}'")
    assert found.cause == "deps.missing"
    assert module in found.title
    assert re.search(helps, advice_of(found)), advice_of(found)
    assert not re.search(misleads, advice_of(found)), advice_of(found)


@pytest.mark.parametrize("module", ["tide_attn", "apex", "pandas_ext_tools", "mmcv", "cuda"])
def test_a_package_is_still_installed_by_pip(module: str) -> None:
    found = told(f"ModuleNotFoundError: No module named '{module}'")
    assert f"pip install {module}".replace("_", "-") in advice_of(found)


@pytest.mark.parametrize(
    ("message", "before", "cause", "helps", "misleads"),
    [
        (
            "InternalError: Graph execution error:\n\nlibdevice not found at ./libdevice.10.bc",
            "keras.src",
            "deps.missing",
            "xla_gpu_cuda_data_dir",
            "CUDA_HOME=\\$CONDA",
        ),
        (
            "numba.cuda.cudadrv.error.NvvmSupportError: libNVVM cannot be found.",
            "(conda) numba",
            "deps.missing",
            "conda install -c nvidia cuda-nvcc",
            "XLA_FLAGS",
        ),
        (
            "RuntimeError: Couldn't find a suitable ptxas",
            "import torch, triton",
            "deps.missing",
            "TRITON_PTXAS_PATH",
            "jax",
        ),
        (
            "jaxlib.XlaRuntimeError: UNIMPLEMENTED: No PTX compilation provider is available.",
            "import jax",
            "deps.missing",
            "jax\\[cuda12",
            "TRITON",
        ),
        (
            "RuntimeError: Numpy is not available",
            "",
            "deps.incompatible",
            "numpy<2",
            "install -U numpy",
        ),
        (
            "RuntimeError: Dynamo is not supported on Python 3.13+",
            "",
            "deps.incompatible",
            "older Python",
            "WSL",
        ),
        (
            "RuntimeError: Windows not yet supported for torch.compile",
            r"C:\users\ada",
            "deps.incompatible",
            "WSL",
            "older Python",
        ),
        (
            "FileNotFoundError: Cannot find Tidepool C++ library at /srv/tide/libtide_2.5.so",
            "",
            "deps.incompatible",
            "show torch",
            "mkdir",
        ),
        (
            "OSError: libavformat.so.60: cannot open shared object file: No such file or directory",
            "import torchcodec",
            "deps.missing",
            "ffmpeg<8",
            "pip install libav",
        ),
        (
            "OSError: libOpenCL.so.1: cannot open shared object file: No such file or directory",
            "",
            "deps.missing",
            "ocl-icd-libopencl1",
            "ffmpeg",
        ),
        (
            "BlockingIOError: [Errno 11] Resource temporarily unavailable",
            "docker run reef",
            "code.error",
            "--pids-limit",
            "CUDA",
        ),
        (
            "RuntimeError: can't start new thread",
            "slurmstepd: hello",
            "code.error",
            "ulimit -u",
            "--pids-limit",
        ),
        (
            "jaxlib.XlaRuntimeError: ABORTED: /job:jax_worker/task:2 unexpectedly tried to connect "
            "with a different incarnation. It has likely restarted.",
            "",
            "distributed.peer",
            "every host",
            "NCCL|--worker=all",
        ),
        (
            "jaxlib.XlaRuntimeError: DEADLINE_EXCEEDED: Barrier timed out. Id: PjRT_Client_Connect."
            " Timed out task names:\n/job:jax_worker/replica:0/task:5\n\nfrom peer "
            "ipv4:10.3.0.4:8476",
            "libtpu loaded",
            "distributed.peer",
            r"missing: task 5[\s\S]*worker=all[\s\S]*nc -vz 10\.3\.0\.4 8476",
            "NCCL",
        ),
    ],
)
def test_what_a_tool_says_tells_cause_and_remedy(
    message: str, before: str, cause: str, helps: str, misleads: str
) -> None:
    found = told(message, before)
    said = advice_of(found)
    assert found.cause == cause
    assert re.search(helps, said), said
    assert not re.search(misleads, said), said


@pytest.mark.parametrize(
    ("status", "title", "cause"),
    [
        ("3221225477", "access violation", "process.signal"),
        ("3221225620", "integer division", "process.signal"),
        ("3221226356", "heap corruption", "process.signal"),
        ("3221225794", "could not be started", "process.signal"),
        ("3221225785", "another version", "deps.incompatible"),
        ("3221225595", "another version", "deps.incompatible"),
        ("3221225501", "illegal instruction", "process.signal"),
        ("3221225773", "paging file", "memory.host_oom"),
    ],
)
def test_a_status_of_windows_says_how_a_process_crashed(
    status: str, title: str, cause: str
) -> None:
    head = "Traceback (most recent call last):\n"
    frame = LAUNCH.format("torch/multiprocessing/spawn").replace("raise it", "raise Exited(")
    log = (
        f"{head}{frame}torch.multiprocessing.spawn.ProcessExitedException: process 0 terminated "
        f"with exit code {status}\n"
    )
    found = explain(log.encode(), Ending(exit_code=1))
    assert (found.cause, title in found.title) == (cause, True), found.title


@pytest.mark.parametrize(
    ("signal", "helps", "misleads"),
    [
        ("SIGKILL: 9", "low_cpu_mem_usage", "FAULTHANDLER"),
        ("SIGSEGV: 11", "FAULTHANDLER", "RAM|out of memory"),
    ],
)
def test_a_signal_that_a_launcher_saw_is_the_end_of_the_program(
    signal: str, helps: str, misleads: str
) -> None:
    called = "subprocess.CalledProcessError: Command '['python', 'fit.py']' died with <Signals."
    frame = LAUNCH.format("accelerate/commands/launch")
    log = f"Traceback (most recent call last):\n{frame}{called}{signal}>.\n"
    found = explain(log.encode(), Ending(exit_code=1))
    assert found.cause == "process.signal"
    assert re.search(helps, advice_of(found)), advice_of(found)
    assert not re.search(misleads, advice_of(found)), advice_of(found)


@pytest.mark.parametrize(
    "log",
    [
        "Fatal Python error: Segmentation fault\n\nCurrent thread 0x1 (most recent call first):\n"
        '  File "/srv/reef/kernel.py", line 8 in fused\n',
        "[host:20] *** Process received signal ***\n[host:20] Signal: Segmentation fault (11)\n",
        "zsh: segmentation fault  python fit.py\n",
    ],
)
def test_no_memory_is_blamed_for_a_segmentation_fault(log: str) -> None:
    found = explain(log.encode(), Ending(exit_code=139))
    assert found.cause == "process.signal"
    assert not re.search("OOM|[Oo]ut of memory", advice_of(found)), advice_of(found)
