"""What the drivers and runtimes of accelerators say: OpenCL, SYCL, Vulkan, Metal, DirectML, TPUs.

Sources: the error codes of Khronos (CL_*, VK_*), oneAPI's Unified Runtime (UR_RESULT_*) and Level
Zero (ZE_RESULT_*), Huawei's CANN (`error_code.json`: the second letter of a code is its module, so
EL is the driver, EE the runtime, EH the ACL, EI and EJ the collectives, EZ an operator), Habana's
synStatus, hiascend.com, openxla.org.
"""

from lastwords.diagnosis.rules.advice import Values
from lastwords.diagnosis.rules.rule import Rule, first_of

_ABSENT = r"(?:found|available|detected|present|exists?)"


def _none_of(what: str) -> str:
    """The words for none of a kind: `No Vulkan device found`, `could not find a Metal device`."""
    things = r"[- ]?(?:compatible |capable |enabled )?(?:gpu |compute )?"
    things += r"(?:device|platform|adapter|driver|gpu)s?"
    return (
        rf"\b[Nn]o (?:suitable |usable |supported |valid )?(?:{what}){things}\b|"
        rf"\b(?:{what}){things} (?:was |were |is |are )?not {_ABSENT}|"
        rf"(?i:could not|cannot|can't|failed to|unable to) (?:find|get|create|open|initiali[sz]e)"
        rf"[^\n]{{0,30}}\b(?:{what}){things}\b|"
        rf"failed to find GPUs with (?:{what}) support"
    )


def _counts(values: Values) -> Values:
    """Numbers of GPUs, without the fraction that a scheduler gives them."""
    return {name: value.removesuffix(".0") for name, value in values.items() if value}


RULES = [
    Rule(
        name="no-opencl-device",
        cause="gpu.unavailable",
        says=_none_of("OpenCL") + r"|PLATFORM_NOT_FOUND_KHR|\bCL_DEVICE_NOT_(?:FOUND|AVAILABLE)\b|"
        r"clGet(?:Platform|Device)IDs[^\n]{0,40}(?:fail|error|-1001|-1\b)|"
        r"No (?:GPU )?platforms? (?:is |was |were )?found[^\n]{0,20}OpenCL",
        tail=True,
    ),
    Rule(
        name="no-sycl-device",
        cause="gpu.unavailable",
        says=_none_of("SYCL|XPU|[Ll]evel[-_ ][Zz]ero|oneAPI")
        + r"|No device of requested type|No XPU devices are available|"
        r"\b(?:UR_RESULT|PI|ZE_RESULT)_ERROR_(?:DEVICE_NOT_FOUND|UNINITIALIZED|INVALID_PLATFORM|"
        r"DEVICE_IN_LOW_POWER_STATE|DEVICE_NOT_AVAILABLE)",
        tail=True,
    ),
    Rule(
        name="no-vulkan-device",
        cause="gpu.unavailable",
        says=_none_of("Vulkan")
        + r"|ggml_vulkan: No devices found|VK_ERROR_(?:INITIALIZATION_FAILED|INCOMPATIBLE_DRIVER|"
        r"FEATURE_NOT_PRESENT)|vk::(?:createInstance|Instance)[^\n]{0,60}Error(?:Incompatible|"
        r"Initiali[sz]ation)|Error(?:IncompatibleDriver|InitializationFailed)\b",
        tail=True,
    ),
    Rule(
        name="no-metal-device",
        cause="gpu.unavailable",
        says=_none_of("Metal")
        + r"|MTLCreateSystemDefaultDevice[^\n]{0,40}(?:nil|null|failed)|\[metal::load_device\]|"
        r"ggml_metal_\w*init: error: ",
        tail=True,
    ),
    Rule(
        name="no-directml-device",
        cause="gpu.unavailable",
        says=_none_of("DirectML|DirectX 12|D3D12|DirectX")
        + r"|Invalid device_id argument supplied|DXGI_ERROR_(?:UNSUPPORTED|NOT_FOUND)",
        tail=True,
    ),
    Rule(
        name="tpu-not-initialized",
        cause="gpu.unavailable",
        says=r"TPU initialization failed|Failed to get (?:global )?TPU topology|"
        r"[Ff]ailed to initialize (?:the )?TPU|TPU system has not been initialized|"
        r"slice_builder_worker_addresses specified|libtpu\.so[^\n]{0,60}(?:not found|No such|"
        r"failed)|[Nn]o TPU (?:devices? |chips? )?(?:found|available|detected)|"
        r"TPU (?:platform|devices?|driver) (?:was |were )?not (?:found|registered|available)|"
        r"Unable to initialize TPU|Failed to establish SliceBuilder",
        unless=r"Operation not permitted|Permission denied|already in use",
        tail=True,
    ),
    Rule(
        name="npu-kernels-missing",
        cause="deps.incompatible",
        says=r"\bOp \w+ does not has any binary|Parse dynamic kernel config fail|"
        r"Failed to ParseDynamicKernels|AclOpKernelInit failed|binary_info_config\.json|"
        r"(?:errno|error code is|errorCode)[: =]+5610(?:00|03|07|12)\b|\b561103\b|561112\b|"
        r"\[Init\]\[Env\]init env failed|opp kernel[^\n]{0,30}not (?:found|installed)|"
        r"Check(?:ing)? opp[^\n]{0,60}fail|ASCEND_OPP_PATH[^\n]{0,60}(?:not|invalid|empty)",
        tail=True,
    ),
    Rule(
        name="npu-environment-missing",
        cause="deps.missing",
        says=r"(?P<library>lib(?:ascendcl|ascend_hal|ascend_\w+|hccl|acl_\w+|ge_\w+|"
        r"opapi|nnopbase|drvdsmi_host|dcmi|tbe_\w+|msprofiler|torch_npu)\.so[\w.]*): cannot open "
        r"shared|dcmi model initialized failed|No module named '(?:tbe|acl|hccl|auto_tune)"
        r"(?:\.[\w.]+)?'",
    ),
    Rule(
        name="npu-device-unavailable",
        cause="gpu.unavailable",
        says=r"\bE[JE]0001\b[^\n]{0,200}(?:HCCP|set device|device)|rtSetDevice[^\n]{0,40}fail|"
        r"(?:error code(?: is|:)? ?|Error[: ]+)(?:107001|507033|507008|207000)\b|"
        r"drvDeviceOpen[^\n]{0,40}fail|[Nn]o NPU devices?|Invalid NPU device",
    ),
    Rule(
        name="hpu-no-memory",
        cause="memory.gpu_oom",
        says=r"workspace Allocation of size ::(?P<bytes>\d+) failed|synStatus(?:=| )?\s*\d* ?"
        r"\[(?:[Oo]ut of|No) (?:host |device )?memory\]|Allocation failed for size::(?P<of>\d+)|"
        r"Failed to allocate (?:\w+ )?(?:device|HBM) memory",
        fill=lambda values, case: {
            "size": f"{int(size[:24]) / (1 << 30):.1f} GiB"
            if (size := values.get("bytes") or values.get("of", ""))
            else ""
        },
        tail=True,
    ),
    Rule(
        name="device-without-memory",
        cause="memory.gpu_oom",
        says=r"\b(?:UR_RESULT|ZE_RESULT|PI|VK)_ERROR_OUT_OF_DEVICE_MEMORY|"
        r"ERROR_OUT_OF_DEVICE_MEMORY|\bCL_MEM_OBJECT_ALLOCATION_FAILURE|"
        r"not enough GPU video memory|DXGI_ERROR_OUTOFMEMORY|E_OUTOFMEMORY|"
        r"Out of memory error on (?:GPU|NPU|XPU|DCU|MLU|device) \d|"
        r"(?:ROCBLAS|rocblas)_status_memory_error|miopenStatusAllocFailed|HIPBLAS_STATUS_ALLOC|"
        r"hipErrorOutOfMemory|CU(?:SOLVER|SPARSE|RAND|FFT)\w*_(?:ALLOC_FAILED|ALLOCATION_FAILED|"
        r"INSUFFICIENT_RESOURCES)|ACL_ERROR_RT_MEMORY_ALLOCATION|(?:error code(?: is|:)? ?|ERR)"
        r"207001\b|\bEL0004\b|dnnl_out_of_memory|NPU out of memory|cnrtErrorNoMem",
        tail=True,
    ),
    Rule(
        name="xpu-out-of-resources",
        cause="gpu.fault",
        unsure=True,
        says=r"\b(?:UR_RESULT|ZE_RESULT|PI)_ERROR_OUT_OF_RESOURCES|\bCL_OUT_OF_RESOURCES\b|"
        r"level_zero backend failed with error: (?:40|5)\b",
        tail=True,
    ),
    Rule(
        name="device-reported-fault",
        cause="gpu.fault",
        says=r"\b(?:UR_RESULT|ZE_RESULT|PI|VK|DXGI)_ERROR_(?!OUT_OF)(?P<code>\w+)|"
        r"level_zero backend failed with error: \d+|DXGI_ERROR_DEVICE_\w+|"
        r"\bCL_(?:INVALID|BUILD_PROGRAM|COMPILE_PROGRAM|EXEC_STATUS)_\w+|"
        r"GPU device instance has been suspended|"
        r"(?:HIPBLAS_STATUS|rocblas_status|miopenStatus)_?(?!SUCCESS|success|Success|"
        r"UnknownError)\w+|"
        r"MODULE:(?:SYNHELPER|PT_\w+|BRIDGE)|FATAL ERROR :: MODULE|\bEZ\d{4}(?:: |\[|\))|"
        r"AclNN_\w+Error|call aclnn\w+ failed|ERR0100[0-9] OPS|"
        r"kIOGPUCommandBufferCallbackError(?!OutOfMemory)\w+|"
        r"(?:IOGPU|MTL)\w*CommandBuffer[^\n]{0,80}failed assertion|"
        r"cnrtError\w+|musaError\w+",
        unless=r"(?i)out of memory|\bEI\d{4}\b|\bEJ\d{4}\b|Hccl",
        tail=True,
    ),
    Rule(
        name="two-ranks-on-one-gpu",
        cause="config.invalid",
        says=r"Duplicate GPU detected ?: rank (?P<one>\d+) and rank (?P<two>\d+) both on "
        r"(?:CUDA|HIP|ROCm)? ?device (?P<device>\w+)",
    ),
    Rule(
        name="fewer-gpus-than-asked",
        cause="gpu.unavailable",
        says=r"You requested (?:gpu|GPUs): (?P<asked>\[[\d, ]{0,100}\])\s+But your machine only "
        r"has: (?P<has>\[[\d, ]{0,100}\])|[Tt]otal available GPUs? (?P<found>[\d.]{1,9}) is less "
        r"than total desired GPUs? (?P<desired>[\d.]{1,9})|(?:world[_ ]size|tensor[_ ]parallel"
        r"[_ ]size|number of required GPUs)[ =(]*(?P<size>\d{0,6})\)? (?:is (?:larger|greater) "
        r"than|exceeds) the (?:total )?number of available GPUs[ (]*(?P<there>\d{0,6})",
        fill=lambda values, case: _counts(
            first_of("asked", "desired", "size")(values, case)
            | first_of("has", "found", "there")(values, case)
        ),
    ),
]
