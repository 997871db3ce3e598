"""GPUs that are not there, and GPUs that failed."""

from lastwords.diagnosis.rules.rule import Rule

RULES = [
    Rule(
        name="no-gpu",
        cause="gpu.unavailable",
        title="No usable GPU, or not with what was asked of it",
        means="A device, driver or feature that the program asked for is not there.",
        why="A machine or container without GPU, a CPU build of PyTorch, an old driver, or a wrong "
        "device number.",
        todo=(
            (
                "See what PyTorch sees",
                "python -c 'import torch; print(torch.__version__, torch.version.cuda, "
                "torch.cuda.is_available(), torch.cuda.device_count())'",
            ),
            ("See what the driver sees", "nvidia-smi"),
            ("Or train on the CPU, without fp16 and bf16", "CUDA_VISIBLE_DEVICES="),
        ),
        source="pytorch.org/get-started/locally",
        says=r"(?i)Torch not compiled with CUDA|Found no NVIDIA driver|No CUDA GPUs are available|"
        r"invalid device ordinal|CUDA driver version is insufficient|NVIDIA driver [^\n]{0,40}too "
        r"old|"
        r"torch\.cuda\.is_available\(\) is False|no CUDA-capable device|"
        r"setup doesn't support (?:bf16|tf32|fp16)|"
        r"(?:fp16|bf16|half|mixed)[^\n]{0,80}(?:requires? (?:a |an )?(?:GPU|CUDA|accelerator)|"
        r"can only be used on CUDA|not supported on (?:CPU|this))|"
        r"no gpus? (?:or \w+ )?(?:found|available|detected|visible)|"
        r"(?:no|without) (?:\w+ )?(?:gpu|cuda device|accelerator)s?\b[^\n]{0,40}(?:found|available|"
        r"detected|"
        r"visible)|GPU is (?:needed|required|not available)|"
        r"(?:CUDA|GPU|cuda|accelerator)s? (?:is|are) (?:not|un)[ -]?(?:available|supported|found|"
        r"detected)|"
        r"(?:requires?|needs?) (?:a |an |at least \w+ )?(?:\w+ )?(?:CUDA|GPU|NVIDIA)\b(?! ?\d)|"
        r"NCCL is only supported with GPUs|doesn't have NCCL built in|built without NCCL|"
        r"nvidia-smi has failed|couldn't communicate with the NVIDIA driver|"
        r"Driver/library version mismatch|Cannot access accelerator device when none|"
        r"busy or unavailable|CUDA unknown error|cudaErrorNoDevice|CUDA_ERROR_NO_DEVICE|"
        r"backend not (?:available|compiled)|PyTorch (?:is|was) not (?:built|compiled|linked) with|"
        r"device type cuda[^\n]{0,60}not available|could not select device driver|"
        r"initialization error[^\n]{0,40}cuda|HIP is not available|libnvidia-ml|"
        r"bfloat16 is not supported|MPS (?:backend|device) (?:is )?not (?:available|supported)|"
        r"operation not supported[^\n]{0,20}cuda|not linked with support for (?:cuda|mps|xpu|hip)|"
        r"which is too old to be supported by|(?:compute|CUDA) capability (?:of )?(?:>=|at least|"
        r"\d)|only supports? Ampere GPUs|"
        r"Cannot get CUDA|without ATen_cuda|"
        r"module 'torch\._C' has no attribute '_cuda|"
        r"unable to initialize backend 'cuda'|nvidia-container-cli",
        tail=True,
    ),
    Rule(
        name="gpu-asserted",
        cause="gpu.unavailable",
        title="No usable GPU",
        means="The program checked that there is a GPU, and there is none.",
        why="A machine or container without GPU, a CPU build of PyTorch, or an old driver.",
        todo=(
            (
                "See what PyTorch sees",
                "python -c 'import torch; print(torch.__version__, torch.cuda.is_available())'",
            ),
            ("See what the driver sees", "nvidia-smi"),
        ),
        source="pytorch.org/get-started/locally",
        types=r"^(?:AssertionError|RuntimeError|SystemExit|Exception|ValueError)$",
        code=r"assert .*(?:cuda|gpu|mps|accelerator).*(?:is_available|device_count)|"
        r"assert .*(?:is_available|device_count)\(\)",
        plain=False,
        weak=True,
    ),
    Rule(
        name="gpu-failed",
        cause="gpu.fault",
        title="The GPU reported a fault",
        means="A kernel on the card failed; the stack may name a later line than the one at fault.",
        why="An index out of range on the device, a bug in a kernel, or failing hardware (ECC, "
        "Xid).",
        todo=(
            ("Run again so that the stack names the true line", "CUDA_LAUNCH_BLOCKING=1"),
            (
                "Run the same step on the CPU: an index error then names itself",
                "CUDA_VISIBLE_DEVICES=",
            ),
            ("See what the driver wrote", "dmesg | grep -i xid"),
        ),
        source="docs.nvidia.com/deploy/xid-errors",
        says=r"(?i)device-side assert|illegal memory access|uncorrectable ECC|"
        r"unspecified launch failure|misaligned address|illegal instruction was encountered|"
        r"CUBLAS_STATUS_(?:EXECUTION_FAILED|NOT_INITIALIZED|INTERNAL_ERROR|INVALID_VALUE)|"
        r"CUDNN_STATUS_(?:EXECUTION_FAILED|INTERNAL_ERROR|MAPPING_ERROR|NOT_INITIALIZED)|"
        r"\bXid\b|fallen off the bus|hardware stack error|the launch timed out|GPU is lost|"
        r"invalid program counter|invalid address space|CUSOLVER_STATUS|CUFFT_INTERNAL|"
        r"CUDA kernel errors might be|CUDA error: |HIP error: |cuda runtime error|"
        r"CUDA exception|GPU-Util ERR|NVLink|launch failure",
        unless=r"no kernel image is available",
        tail=True,
    ),
]
