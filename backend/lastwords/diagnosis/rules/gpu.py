"""GPUs that are not there, and GPUs that failed."""

import re

from lastwords.diagnosis.case import Case
from lastwords.diagnosis.rules.disk import DEVICE_FILE
from lastwords.diagnosis.rules.rule import Rule, first_of

_REFUSED = r"(?:Permission denied|Operation not permitted|Errno 13|EACCES)"

_CHECK = re.compile(r"\bAssertion [`'](?P<check>[^`'\n]{1,120})[`'] failed")


def _check(case: Case) -> str:
    """What the kernel's own line says that does not hold."""
    found = _CHECK.search(case.tail_text)
    return found["check"] if found is not None else ""


RULES = [
    Rule(
        name="device-file-refused",
        cause="gpu.unavailable",
        says=rf"(?P<device>{DEVICE_FILE}[\w/]*)[^\n]{{0,120}}{_REFUSED}|"
        rf"{_REFUSED}[^\n]{{0,120}}(?P<named>{DEVICE_FILE}[\w/]*)",
        fill=first_of("device", "named"),
    ),
    Rule(
        name="container-wants-newer-driver",
        cause="gpu.unavailable",
        says=r"unsatisfied condition: (?P<wanted>(?:cuda|driver|brand)[^\s,]{1,40})",
        tail=True,
    ),
    Rule(
        name="container-without-gpu",
        cause="gpu.unavailable",
        says=r"could not select device driver|runtime (?:name: |specified )nvidia\b|"
        r"nvidia-container-cli",
        tail=True,
    ),
    Rule(
        name="fabric-manager",
        cause="gpu.unavailable",
        says=r"system not yet initialized",
        tail=True,
    ),
    Rule(
        name="operator-not-on-device",
        cause="gpu.unavailable",
        says=r"operator '(?P<operator>[\w:.]+)' is not currently (?:implemented|supported) for the "
        r"(?P<device>\w+) device|Could not run '(?P<op>[\w:.]+)' with arguments from the "
        r"'(?P<backend>MPS|XPU|NPU|HPU|PrivateUse1)' backend|"
        r"unsupported autocast device_type '(?P<autocast>\w+)'",
        fill=lambda values, case: {
            "operator": values.get("operator") or values.get("op", ""),
            "device": next(filter(None, map(values.get, ("device", "backend", "autocast"))), ""),
        },
    ),
    Rule(
        name="no-double-precision",
        cause="gpu.unavailable",
        says=r"uses-fp64-math|Required aspect fp64|fp64 is not supported|"
        r"double type is not supported|(?:MPS framework|device) doesn't support float64",
    ),
    Rule(
        name="saved-on-gpu",
        cause="gpu.unavailable",
        says=r"Attempting to deserialize object on (?:a )?\w+ device",
        plain=False,
    ),
    Rule(
        name="built-without-cuda",
        cause="gpu.unavailable",
        says=r"(?i)Torch not compiled with CUDA",
    ),
    Rule(
        name="attention-kernel-for-newer-gpu",
        cause="gpu.unavailable",
        says=r"(?i)(?:flash|attention)[^\n]{0,60}(?:only supports?|requires?|needs?) (?:an? )?"
        r"(?P<wanted>Ampere|Hopper|Ada|Turing|Blackwell)\b",
    ),
    Rule(
        name="no-gpu-of-this-number",
        cause="gpu.unavailable",
        says=r"invalid device ordinal|Invalid CUDA 'device=|CUDA device \d+ is not available|"
        r"device_?id \d+ (?:is )?(?:out of|not in)",
        tail=True,
    ),
    Rule(
        name="no-bfloat16-here",
        cause="gpu.unavailable",
        says=r"setup doesn't support bf16|(?:bf16|bfloat16) is not supported (?:on|by) (?:this|"
        r"your|the) (?:GPU|device|setup|card)|Bfloat16 is only supported on GPUs with compute",
        tail=True,
    ),
    Rule(
        name="no-gpu",
        broad=True,
        cause="gpu.unavailable",
        says=r"(?i)Unexpected error from cudaGetDeviceCount|"
        r"Found no NVIDIA driver|No CUDA GPUs are available|invalid device ordinal|"
        r"CUDA driver version is insufficient|NVIDIA driver [^\n]{0,40}too old|"
        r"torch\.cuda\.is_available\(\) is False|no CUDA-capable device|"
        r"setup doesn't support (?:bf16|tf32|fp16)|(?:fp16|bf16|half|"
        r"mixed)[^\n]{0,80}(?:requires? (?:a |an )?(?:GPU|CUDA|accelerator)|"
        r"can only be used on CUDA|not supported on (?:CPU|this))|no gpus? (?:or \w+ )?(?:found|"
        r"available|detected|visible)|(?:no|without) (?:\w+ )?(?:gpu|cuda device|"
        r"accelerator)s?\b[^\n]{0,40}(?:found|available|detected|visible)|GPU is (?:needed|"
        r"required|not available)|(?:CUDA|GPU|cuda|accelerator)s? (?:is|are) (?:not|"
        r"un)[ -]?(?:available|supported|found|detected)|(?:requires?|needs?) (?:a |an |"
        r"at least \w+ )?(?:\w+ )?(?:CUDA|GPU|NVIDIA)\b(?! ?\d)|NCCL is only supported with GPUs|"
        r"doesn't have NCCL built in|built without NCCL|nvidia-smi has failed|"
        r"couldn't communicate with the NVIDIA driver|Driver/library version mismatch|"
        r"Cannot access accelerator device when none|busy or unavailable|CUDA unknown error|"
        r"cudaErrorNoDevice|cudaErrorUnknown|CUDA_ERROR_NO_DEVICE|accelerator is not available|"
        r"[Nn]o supported gpu backend|backend not (?:available|compiled)|PyTorch (?:is|"
        r"was) not (?:built|compiled|linked) with|device type cuda[^\n]{0,60}not available|"
        r"initialization error[^\n]{0,40}cuda|HIP is not available|libnvidia-ml|"
        r"bfloat16 is not supported|MPS (?:backend|device) (?:is )?(?:not (?:available|supported)|"
        r"supported on MacOS)|operation not supported[^\n]{0,20}cuda|"
        r"not linked with support for (?:cuda|mps|xpu|hip)|which is too old to be supported by|"
        r"(?:compute|CUDA) capability (?:of )?(?:>=|at least|\d)|"
        r"Cannot get CUDA|without ATen_cuda|module 'torch\._C' has no attribute '_cuda|"
        r"unable to initialize backend '(?:cuda|tpu|rocm)'|Unknown backend: '?(?:gpu|cuda|rocm|"
        r"tpu)|TPU is already in use|synDeviceAcquire|Device acquire failed|no (?:npu|xpu|hpu) |"
        r"libtpu\w* (?:is )?(?:already|lock)|not compiled with (?:CUDA|ROCm|XPU)",
        tail=True,
    ),
    Rule(
        name="gpu-asserted",
        cause="gpu.unavailable",
        types=r"^(?:AssertionError|RuntimeError|SystemExit|Exception|ValueError)$",
        code=r"(?m)^(?>.*?assert )(?:(?>.*?(?:cuda|gpu|mps|accelerator)).*(?:is_available|"
        r"device_count)|.*(?:is_available|device_count)\(\))",
        plain=False,
        weak=True,
    ),
    Rule(
        name="gpu-hardware",
        cause="gpu.fault",
        says=r"(?i)uncorrectable ECC|fallen off the bus|GPU is lost|hardware stack error|"
        r"contained ECC|\bXid\b[^\n]{0,60}: (?:48|63|64|74|79|94|95)\b",
        tail=True,
    ),
    Rule(
        name="gpu-check",
        cause="gpu.fault",
        says=r"(?i)device-side assert triggered|\.cuh?:\d+:? Assertion [`']|"
        r"\.cuh?:\d+: \w+: block: \[[^\n]{0,200}Assertion|"
        r"cudaErrorAssert|CUDA_ERROR_ASSERT|hipErrorAssert",
        tail=True,
        fill=lambda values, case: {"check": _check(case)},
    ),
    Rule(
        name="launch-failed",
        cause="gpu.fault",
        says=r"(?i)unspecified launch failure|cudaErrorLaunchFailure|CUDA_ERROR_LAUNCH_FAILED",
        tail=True,
    ),
    Rule(
        name="gpu-failed",
        broad=True,
        cause="gpu.fault",
        says=r"(?i)illegal memory access|uncorrectable ECC|unspecified launch failure|"
        r"misaligned address|illegal instruction was encountered|CUBLAS_STATUS_(?:EXECUTION_FAILED|"
        r"NOT_INITIALIZED|INTERNAL_ERROR|INVALID_VALUE)|CUDNN_STATUS_(?:EXECUTION_FAILED|"
        r"INTERNAL_ERROR|MAPPING_ERROR|NOT_INITIALIZED)|\bcu(?:rand|blas|dnn|fft|sparse|"
        r"solver) error \d|\bXid\b|fallen off the bus|hardware stack error|the launch timed out|"
        r"GPU is lost|invalid program counter|invalid address space|CUSOLVER_STATUS|CUFFT_INTERNAL|"
        r"CUDA kernel errors might be|CUDA error(?: \([^\n]{0,300}?\))?: |HIP error: |"
        r"cuda runtime error|CUDA exception|GPU-Util ERR|NVLink|launch failure|"
        r"Memory access fault by GPU|\bCuError\((?!2\b)\d|\[METAL\] Command buffer execution "
        r"failed: (?!Insufficient)|DEVICE_LOST|^UR error\b|Native API (?:failed|returns: -)|"
        r"INTERNAL: cu[A-Z]\w+ (?:internal )?error|synStatus ?=?(?!\s*(?:0\b|success))|"
        r"CUBLAS_STATUS_NOT_SUPPORTED|cublasLtMatmul|\bE[EHJ]\d{4}: |NPU (?:warning|error|"
        r"function error)\b(?![^\n]*107020)[^\n]{0,120}error code is|(?:DIST|OPS) call (?:hccl|"
        r"acl) api failed|ACL stream synchronize failed|error code(?: is|:)? ?507\d{3}\b|"
        r"HSA_STATUS_ERROR|aicore exception|aivec(?:tor)? (?:error|core)|vector core exception|"
        r"507015|507011",
        unless=r"(?i)no kernel image is available|invalid device function|out of memory|"
        r"\bEI\d{4}(?:: |\))|Hccl\w+, error code|stream sync(?:hronize)? timeout|\b507046\b",
        tail=True,
    ),
    Rule(
        name="stream-of-npu-timed-out",
        cause="gpu.fault",
        unsure=True,
        says=r"[Ss]tream sync(?:hronize)? timeout|error code(?: is|:)? ?507046\b",
        tail=True,
    ),
    Rule(
        name="metal-assertion",
        cause="gpu.fault",
        says=r"\bMPS\w*\.mm:\d+: failed assertion|\bmps_\w+[\s\S]{0,400}not broadcast compatible",
    ),
    Rule(
        name="dnn-not-initialized",
        cause="gpu.fault",
        says=r"DNN library (?:initialization failed|is not found)|Could not create cudnn handle",
        weak=True,
    ),
]
