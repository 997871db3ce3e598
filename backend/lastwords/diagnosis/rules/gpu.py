"""GPUs that are not there, and GPUs that failed."""

import re

from lastwords.diagnosis.case import Case
from lastwords.diagnosis.rules.disk import DEVICE_FILE
from lastwords.diagnosis.rules.rule import Rule

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
        fill=lambda values, case: {"device": values.get("device") or values.get("named", "")},
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
        name="fewer-gpus-than-asked",
        cause="gpu.unavailable",
        says=r"You requested (?:gpu|"
        r"GPUs): (?P<asked>\[[\d, ]{0,100}\])\s+But your machine only has: "
        r"(?P<has>\[[\d, ]{0,100}\])",
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
        r"double type is not supported|"
        r"(?:MPS framework|device) doesn't support float64",
    ),
    Rule(
        name="saved-on-gpu",
        cause="gpu.unavailable",
        says=r"Attempting to deserialize object on (?:a )?\w+ device",
        plain=False,
    ),
    Rule(
        name="no-gpu",
        cause="gpu.unavailable",
        says=r"(?i)Torch not compiled with CUDA|Unexpected error from cudaGetDeviceCount|Found "
        r"no NVIDIA driver|No CUDA GPUs are available|"
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
        r"busy or unavailable|CUDA unknown error|cudaErrorNoDevice|cudaErrorUnknown|"
        r"CUDA_ERROR_NO_DEVICE|"
        r"accelerator is not available|[Nn]o supported gpu backend|"
        r"backend not (?:available|compiled)|PyTorch (?:is|was) not (?:built|compiled|linked) with|"
        r"device type cuda[^\n]{0,60}not available|"
        r"initialization error[^\n]{0,40}cuda|HIP is not available|libnvidia-ml|"
        r"bfloat16 is not supported|"
        r"MPS (?:backend|device) (?:is )?(?:not (?:available|supported)|supported on MacOS)|"
        r"operation not supported[^\n]{0,20}cuda|not linked with support for (?:cuda|mps|xpu|hip)|"
        r"which is too old to be supported by|(?:compute|CUDA) capability (?:of )?(?:>=|at least|"
        r"\d)|only supports? Ampere GPUs|"
        r"Cannot get CUDA|without ATen_cuda|"
        r"module 'torch\._C' has no attribute '_cuda|"
        r"unable to initialize backend '(?:cuda|tpu|rocm)'|"
        r"Unknown backend: '?(?:gpu|cuda|rocm|tpu)|TPU is already in use|synDeviceAcquire|"
        r"Device acquire failed|no (?:npu|xpu|hpu) |"
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
        name="gpu-failed",
        cause="gpu.fault",
        says=r"(?i)illegal memory access|uncorrectable ECC|"
        r"unspecified launch failure|misaligned address|illegal instruction was encountered|"
        r"CUBLAS_STATUS_(?:EXECUTION_FAILED|NOT_INITIALIZED|INTERNAL_ERROR|INVALID_VALUE)|"
        r"CUDNN_STATUS_(?:EXECUTION_FAILED|INTERNAL_ERROR|MAPPING_ERROR|NOT_INITIALIZED)|"
        r"\bXid\b|fallen off the bus|hardware stack error|the launch timed out|GPU is lost|"
        r"invalid program counter|invalid address space|CUSOLVER_STATUS|CUFFT_INTERNAL|"
        r"CUDA kernel errors might be|CUDA error(?: \([^\n]{0,300}?\))?: |HIP error: |"
        r"cuda runtime error|"
        r"CUDA exception|GPU-Util ERR|NVLink|launch failure|Memory access fault by GPU|"
        r"\bCuError\((?!2\b)\d|\[METAL\] Command buffer execution failed: (?!Insufficient)|"
        r"DEVICE_LOST|^UR error\b|Native API (?:failed|returns: -)|"
        r"INTERNAL: cu[A-Z]\w+ (?:internal )?error|"
        r"synStatus ?=?(?!\s*(?:0\b|success))|CUBLAS_STATUS_NOT_SUPPORTED|"
        r"cublasLtMatmul|"
        r"\bE[EHJ]\d{4}: |"
        r"NPU (?:warning|error|function error)\b(?![^\n]*107020)[^\n]{0,120}error code is|"
        r"(?:DIST|OPS) call (?:hccl|acl) api failed|ACL stream synchronize failed|"
        r"error code(?: is|:)? ?507\d{3}\b|HSA_STATUS_ERROR|"
        r"aicore exception|aivec(?:tor)? (?:error|core)|vector core exception|507015|507011",
        unless=r"(?i)no kernel image is available|invalid device function|out of memory|"
        r"\bEI\d{4}: |Hccl\w+, error code",
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
        says=r"DNN library initialization failed|Could not create cudnn handle",
        weak=True,
    ),
]
