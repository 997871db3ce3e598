"""Memory of the host, of the GPU, and shared memory."""

from lastwords.diagnosis.case import Case
from lastwords.diagnosis.rules.advice import Values
from lastwords.diagnosis.rules.rule import Rule


def _amount(values: Values, case: Case) -> Values:
    """How much was asked for: as the message says it, or its bytes in GiB."""
    count, amount = values.get("bytes", ""), values.get("amount") or values.get("vector", "")
    return {"amount": amount or (f"{int(count[:24]) / (1 << 30):.1f} GiB" if count else "")}


RULES = [
    Rule(
        name="worker-bus-error",
        over_root=True,
        cause="memory.shm",
        says=r"(?i)insufficient shared memory|out of shared memory|killed by signal: Bus error|"
        r"unable to (?:allocate|open|mmap|write|resize)[^\n]{0,60}(?:shared memory|</torch_|"
        r"/dev/shm)|creating shared memory segment|shared memory(?: file)?[^\n]{0,60}No space left|"
        r"No space left on device[^\n]{0,60}(?:/dev/shm|/psm_|/torch_|shm)|"
        r"/dev/shm\S*[^\n]{0,80}No space left|shared memory limit|shm_open|"
        r"</torch_\w+>[^\n]{0,80}(?:No space|Cannot allocate|Resource temporarily)",
        tail=True,
    ),
    Rule(
        name="worker-bus-error-above",
        over_root=True,
        cause="memory.shm",
        says=r"DataLoader worker",
        above=r"insufficient shared memory|out of shared memory",
        plain=False,
    ),
    Rule(
        name="shared-memory-full",
        cause="memory.shm",
        says=r"\[Errno (?:28|12)\]|No space left",
        where=r"multiprocessing/(?:shared_memory|synchronize|heap|reductions)\.py|"
        r"torch/multiprocessing/reductions",
        plain=False,
    ),
    Rule(
        name="gpu-memory",
        cause="memory.gpu_oom",
        says=r"(?i:\b(?:cuda|gpu|hip|mps|xpu|npu)\w*\b[^\n]{0,100}?\bout of memory)(?:\. Tried to "
        r"allocate (?P<size>[\d.]+ \w+))?|CUBLAS_STATUS_ALLOC_FAILED|CUDNN_STATUS_ALLOC_FAILED|"
        r"cudaErrorMemoryAllocation|RESOURCE_EXHAUSTED|CUDA_ERROR_OUT_OF_MEMORY|"
        r"OutOfMemoryError: CUDA|Out of GPU memory trying|Out of memory on device|"
        r"\[metal::malloc\]|kIOGPUCommandBufferCallbackErrorOutOfMemory|"
        r"Free memory on device [^\n]{0,80}less than desired GPU|ErrorOutOfDeviceMemory|"
        r"[Dd]evice memory allocation of size \d+ failed|allocate (?:CUDA|ROCm|HIP|"
        r"Vulkan)\d* buffer|[Rr]an out of memory in memory space (?:hbm|vmem)|synMalloc|"
        r"rtMalloc\w*[^\n]{0,60}fail|synStatus[^\n]{0,40}(?:[Oo]ut of memory|no memory)|"
        r"OOM when allocating tensor|Attempting to (?:allocate|reserve) [\d.]+ ?[KMGT][^\n]{0,40} "
        r"That was not possible|\bEL0004: ",
        tail=True,
    ),
    Rule(
        name="no-batch-size-fits",
        cause="memory.gpu_oom",
        says=r"No executable batch size found|(?i:\bno batch size (?:that )?fits\b)",
    ),
    Rule(
        name="gpu-memory-type",
        cause="memory.gpu_oom",
        types=r"^torch\.(?:cuda\.)?OutOfMemoryError$|^torch\.AcceleratorError$|"
        r"ResourceExhaustedError$",
        says=r"(?i)out of memory|tried to allocate|\bOOM\b|graph execution error",
        plain=False,
    ),
    Rule(
        name="kernel-killed",
        cause="memory.host_oom",
        says=r"Out of memory: Killed process (?P<pid>\d+)|(?<!by )(?<!the )oom[-_]kill(?:er|ed|:|"
        r" event)|OOMKilled|oom_kill event|Memory cgroup out of memory|OOM[- ]?[Kk]ill|"
        r"out-of-memory handler|Some of your processes may have been killed by the cgroup|"
        r"exceeded (?:job )?memory limit|OUT_OF_MEMORY|(?i:replicas?|nodes?|workers?) (?:is |are |"
        r"was )?low on memory|low on resource: memory|due to memory pressure|MemoryLimitExceeded|"
        r"TERM_MEMLIMIT",
        unless=r"potential root causes",
        tail=True,
    ),
    Rule(
        name="host-memory",
        cause="memory.host_oom",
        says=r"DefaultCPUAllocator: (?:can't allocate memory|not enough memory)(?:: you tried to "
        r"allocate (?P<bytes>\d+) bytes)?|Unable to allocate (?P<amount>[\d.]+ \w+) for an array|"
        r"\[Errno 12\]|[Cc]annot allocate (?:vector|memory block) of size (?P<vector>[\d.]+ \w+)|"
        r"Cannot allocate memory|std::bad_alloc|bad allocation|malloc of size \d+ failed|"
        r"memory allocation of \d+ bytes failed|out of memory allocating|"
        r"java\.lang\.OutOfMemoryError|heap out of memory|Reached heap limit|"
        r"[Rr]ealloc of size \d+ failed|os error 12\b|failed to allocate|os error 1455\b|"
        r"WinError (?:1455|8)\b|paging file is too small|session crashed after using all available "
        r"RAM|\b[Oo]ut of memory\b(?! on device)|Fail to alloc memory of|"
        r"\b(?:CL|VK_ERROR|UR_RESULT_ERROR|ZE_RESULT_ERROR)_OUT_OF_HOST_MEMORY\b",
        unless=r"HSA_STATUS|(?i:\b(?:cuda|gpu|hip)\w*\b[^\n]{0,100}?\bout of memory)",
        tail=True,
        fill=_amount,
    ),
    Rule(
        name="host-memory-type",
        cause="memory.host_oom",
        types=r"(?:^|\.)_?(?:Array)?MemoryError$|^std::bad_alloc$|"
        r"^ray\.exceptions\.OutOfMemoryError$|ArrowMemoryError",
        plain=False,
    ),
]
