"""What drivers, runtimes and compilers of every vendor say is known, and what helps then."""

import re

import pytest

from lastwords.diagnosis import Ending, Explanation, explain

HEAD = 'Traceback (most recent call last):\n  File "/srv/reef/fit.py", line 9, in main\n    run()\n'


def told(error: str, before: str = "") -> Explanation:
    return explain(f"{before}\n{HEAD}{error}\n".encode(), Ending(exit_code=1))


def advice(error: str, before: str = "") -> str:
    return "\n".join(f"{one.text} {one.command or ''}" for one in told(error, before).advice)


@pytest.mark.parametrize(
    ("message", "cause"),
    [
        ("lightgbm.basic.LightGBMError: No OpenCL device found", "gpu.unavailable"),
        (
            "pyopencl._cl.LogicError: clGetPlatformIDs failed: PLATFORM_NOT_FOUND_KHR",
            "gpu.unavailable",
        ),
        ("RuntimeError: Failed to initialize OpenCL device 1", "gpu.unavailable"),
        ("RuntimeError: CL_DEVICE_NOT_AVAILABLE (-2)", "gpu.unavailable"),
        ("RuntimeError: No device of requested type available.", "gpu.unavailable"),
        ("RuntimeError: No XPU devices are available.", "gpu.unavailable"),
        (
            "RuntimeError: level_zero backend failed with error: 1 (UR_RESULT_ERROR_UNINITIALIZED)",
            "gpu.unavailable",
        ),
        ("RuntimeError: no suitable Vulkan device in this box", "gpu.unavailable"),
        ("RuntimeError: vkCreateInstance: VK_ERROR_INCOMPATIBLE_DRIVER", "gpu.unavailable"),
        (
            "RuntimeError: [metal::load_device] No Metal device here, sorry",
            "gpu.unavailable",
        ),
        ("RuntimeError: Could not create a DirectML device", "gpu.unavailable"),
        ("ValueError: Invalid device_id argument supplied 3.", "gpu.unavailable"),
        (
            "RuntimeError: UNKNOWN: TPU initialization failed: Invalid worker addresses, got 1.",
            "gpu.unavailable",
        ),
        ("RuntimeError: INTERNAL: Failed to get global TPU topology.", "gpu.unavailable"),
        ("RuntimeError: rtSetDevice: error code is 507033", "gpu.unavailable"),
        (
            "RuntimeError: call aclnnMul failed, detail:EZ9999: Op Mul does not has any binary.",
            "deps.incompatible",
        ),
        ("RuntimeError: call aclnnAdd failed, error code is 561103", "deps.incompatible"),
        (
            "ImportError: libascend_hal.so: cannot open shared object file: No such file or "
            "directory",
            "deps.missing",
        ),
        ("ModuleNotFoundError: No module named 'tbe'", "deps.missing"),
        ("RuntimeError: EZ9999: 2025-03-01 the operator span out of its lane", "gpu.fault"),
        ("RuntimeError: EL0004: 2025-03-01 Failed to allocate memory.", "memory.gpu_oom"),
        ("RuntimeError: NPU function error: aclrtMalloc, error code is 207001", "memory.gpu_oom"),
        ("RuntimeError: FATAL ERROR :: MODULE:PT_BRIDGE the recipe did not launch", "gpu.fault"),
        (
            "RuntimeError: FATAL ERROR :: MODULE:PT_DEVMEM Allocation failed for size::98304000",
            "memory.gpu_oom",
        ),
        (
            "RuntimeError: UR backend failed. UR backend returns:39 "
            "(UR_RESULT_ERROR_OUT_OF_DEVICE_MEMORY)",
            "memory.gpu_oom",
        ),
        ("RuntimeError: zeCommandListAppend: ZE_RESULT_ERROR_OUT_OF_RESOURCES", "gpu.fault"),
        ("RuntimeError: level_zero backend failed with error: 20", "gpu.fault"),
        ("RuntimeError: clEnqueueWriteBuffer: CL_OUT_OF_HOST_MEMORY", "memory.host_oom"),
        ("RuntimeError: clCreateBuffer: CL_MEM_OBJECT_ALLOCATION_FAILURE", "memory.gpu_oom"),
        ("RuntimeError: There is not enough GPU video memory available!", "memory.gpu_oom"),
        (
            "SystemError: Out of memory error on GPU 2. Cannot allocate 1.2GB memory on GPU 2.",
            "memory.gpu_oom",
        ),
        ("RuntimeError: HIPBLAS_STATUS_INTERNAL_ERROR in hipblasGemmEx", "gpu.fault"),
        ("RuntimeError: miopenStatusInternalError", "gpu.fault"),
        ("RuntimeError: cufftPlan: CUFFT_ALLOC_FAILED", "memory.gpu_oom"),
        (
            "RuntimeError: Command buffer: kIOGPUCommandBufferCallbackErrorTimeout",
            "gpu.fault",
        ),
        (
            "RuntimeError: Duplicate GPU detected : rank 3 and rank 1 both on CUDA device c1000",
            "config.invalid",
        ),
        (
            "ValueError: Total available GPUs 2.0 is less than total desired GPUs 6",
            "gpu.unavailable",
        ),
    ],
)
def test_the_words_of_a_runtime_tell_its_cause(message: str, cause: str) -> None:
    assert told(message).cause == cause


@pytest.mark.parametrize(
    ("message", "before", "helps", "misleads"),
    [
        ("RuntimeError: No OpenCL device found", "lightgbm 4.5", "device_type='cpu'", "rocm-smi"),
        ("RuntimeError: No OpenCL device found", "darktable", "another backend", "device_type"),
        ("RuntimeError: No device of requested type", "docker run", "--device /dev/dri", "nvidia"),
        (
            "RuntimeError: No device of requested type",
            "import torch",
            r"torch\.xpu\.is_available",
            "nvidia|cuda",
        ),
        (
            "RuntimeError: No Vulkan devices found",
            "docker run --gpus nvidia",
            "CAPABILITIES",
            "mps",
        ),
        ("RuntimeError: No Metal device", "Darwin", "SPDisplays", "nvidia-smi|apt-get"),
        ("RuntimeError: No DirectML adapter", r"C:\users\a", "torch_directml", "ls /|nvidia"),
        (
            "RuntimeError: TPU initialization failed: x",
            "import torch_xla",
            "torch_xla and libtpu",
            "nvidia|CUDA|NCCL",
        ),
        ("RuntimeError: TPU initialization failed: x", "jax", "jaxlib and libtpu", "nvidia|NCCL"),
        ("RuntimeError: EZ9999: Op Tide does not has any binary.", "torch_npu", "kernels", "CUDA"),
        (
            "ImportError: libhccl.so: cannot open shared object file: No such file or directory",
            "",
            "set_env.sh",
            "apt-file|pip install",
        ),
        (
            "RuntimeError: MODULE:SYNHELPER workspace Allocation of size ::2147483648 failed!",
            "habana",
            "hl-smi",
            "nvidia|npu-smi",
        ),
        ("RuntimeError: UR_RESULT_ERROR_OUT_OF_RESOURCES", "torch", "smaller batch", "nvidia"),
        (
            "RuntimeError: Duplicate GPU detected : rank 3 and rank 1 both on CUDA device c1000",
            "srun: job 3",
            "SLURM_LOCALID",
            "--nproc|batch",
        ),
        (
            "RuntimeError: Duplicate GPU detected : rank 3 and rank 1 both on CUDA device c1000",
            "mpirun -n 4",
            "nproc-per-node",
            "SLURM|batch",
        ),
        (
            "ValueError: Total available GPUs 2.0 is less than total desired GPUs 6",
            "(raylet) started",
            "ray status",
            "devices='auto'",
        ),
    ],
)
def test_the_advice_is_for_the_vendor_and_the_program(
    message: str, before: str, helps: str, misleads: str
) -> None:
    said = advice(message, before)
    assert re.search(helps, said), said
    assert not re.search(misleads, said), said


def test_amounts_of_memory_are_told_in_the_title() -> None:
    title = told("RuntimeError: workspace Allocation of size ::2147483648 failed!").title
    assert title == "Out of GPU memory: could not allocate 2.0 GiB"


@pytest.mark.parametrize(
    "message",
    [
        "RuntimeError: the counter TIDE_API_ERROR_RATE is above its limit",
        "OSError: libruntime.so: cannot open shared object file: No such file or directory",
    ],
)
def test_words_that_only_look_like_a_vendor_s_are_not(message: str) -> None:
    found = told(message)
    assert not found.cause.startswith("gpu.")
    assert "set_env.sh" not in advice(message)


def test_too_few_gpus_are_told_also_without_their_numbers() -> None:
    message = "ValueError: tensor parallel size exceeds the number of available GPUs"
    assert told(message).title == "Fewer GPUs are there than were asked for"


@pytest.mark.parametrize(
    "log",
    [
        "[LightGBM] [Warning] No OpenCL device found, falling back to CPU\n",
        "WARNING: No Vulkan devices found; using the CPU\n",
        "Found duplicate GPU names in the table, ignoring\n",
    ],
)
def test_a_warning_of_the_same_words_is_no_failure(log: str) -> None:
    whole = f"{log}epoch 1 loss 0.3\nepoch 2 loss 0.2\nsaved model to out.pt\n"
    assert explain(whole.encode(), Ending(exit_code=0)).cause == "ok"
