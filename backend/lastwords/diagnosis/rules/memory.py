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
        says=r"(?i)insufficient shared memory|out of shared memory|"
        r"killed by signal: Bus error|"
        r"unable to (?:allocate|open|mmap|write|resize)[^\n]{0,60}(?:shared memory|</torch_|"
        r"/dev/shm)|"
        r"creating shared memory segment|shared memory(?: file)?[^\n]{0,60}No space left|"
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
        says=r"(?:CUDA|HIP|MPS|XPU|NPU)(?: (?:driver|runtime))?(?: backend)?(?: error)?(?: \d+)?"
        r"(?: (?:at|in) \S+)?:? (?:is |ran |runs )?out of memory"
        r"(?:\. Tried to allocate (?P<size>[\d.]+ \w+))?|"
        r"CUBLAS_STATUS_ALLOC_FAILED|CUDNN_STATUS_ALLOC_FAILED|"
        r"cudaErrorMemoryAllocation|RESOURCE_EXHAUSTED|CUDA_ERROR_OUT_OF_MEMORY|"
        r"Cuda failure \d* ?'out of memory'|\bGPU(?: \d+)? (?:is |ran |runs )?out of memory|"
        r"OutOfMemoryError: CUDA|"
        r"Out of GPU memory trying|Out of memory on device|\[metal::malloc\]|"
        r"kIOGPUCommandBufferCallbackErrorOutOfMemory|Free memory on device [^\n]{0,80}less than "
        r"desired GPU|"
        r"ErrorOutOfDeviceMemory|[Dd]evice memory allocation of size \d+ failed|"
        r"(?:cuda|hip)Malloc\w* failed: out of memory|allocate (?:CUDA|ROCm|HIP|Vulkan)\d* buffer|"
        r"[Rr]an out of memory in memory space (?:hbm|vmem)|synMalloc|rtMalloc\w*[^\n]{0,60}fail|"
        r"synStatus[^\n]{0,40}(?:[Oo]ut of memory|no memory)|OOM when allocating tensor|"
        r"Attempting to (?:allocate|reserve) [\d.]+ ?[KMGT][^\n]{0,40} That was not possible|"
        r"\bEL0004: ",
        tail=True,
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
        r" event)|OOMKilled|"
        r"oom_kill event|Memory cgroup out of memory|OOM[- ]?[Kk]ill|out-of-memory handler|"
        r"Some of your processes may have been killed by the cgroup|exceeded (?:job )?memory limit|"
        r"OUT_OF_MEMORY|(?i:replicas?|nodes?|workers?) (?:is |are |was )?low on memory|low on "
        r"resource: memory|due to memory pressure|"
        r"MemoryLimitExceeded|TERM_MEMLIMIT",
        unless=r"potential root causes",
        tail=True,
    ),
    Rule(
        name="host-memory",
        cause="memory.host_oom",
        says=r"DefaultCPUAllocator: (?:can't allocate memory|not enough memory)"
        r"(?:: you tried to allocate (?P<bytes>\d+) bytes)?|"
        r"Unable to allocate (?P<amount>[\d.]+ \w+) for an array|\[Errno 12\]|"
        r"[Cc]annot allocate (?:vector|memory block) of size (?P<vector>[\d.]+ \w+)|"
        r"Cannot allocate memory|std::bad_alloc|bad allocation|malloc of size \d+ failed|"
        r"memory allocation of \d+ bytes failed|out of memory allocating|"
        r"java\.lang\.OutOfMemoryError|heap out of memory|Reached heap limit|"
        r"[Rr]ealloc of size \d+ failed|os error 12\b|failed to allocate|os error 1455\b|"
        r"WinError (?:1455|8)\b|paging file is too small|"
        r"session crashed after using all available RAM|"
        r"(?<!CUDA )(?<!CUDA ran )(?<!CUDA error: )\b[Oo]ut of memory\b(?! on device)|"
        r"Fail to alloc memory of",
        unless=r"HSA_STATUS",
        tail=True,
        fill=_amount,
    ),
    Rule(
        name="host-memory-type",
        cause="memory.host_oom",
        types=r"(?:^|\.)_?(?:Array)?MemoryError$|^std::bad_alloc$|"
        r"^ray\.exceptions\.OutOfMemoryError$|"
        r"ArrowMemoryError",
        plain=False,
    ),
]
