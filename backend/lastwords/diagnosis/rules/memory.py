"""Memory of the host, of the GPU, and shared memory."""

import re

from lastwords.diagnosis.case import Case
from lastwords.diagnosis.rules.rule import Rule, Values
from lastwords.diagnosis.traceback_syntax import readable

_BATCH = re.compile(
    r"(?i)(?:per[_-]device[_-]train[_-]batch[_-]size|train[_-]batch[_-]size|batch[_-]size|"
    r"\bbatch)[\"']?\s*[=:]?\s*(?P<size>\d{1,5})\b"
)


def batch_of(case: Case) -> int | None:
    """The batch size that the run was given, or that its log names."""
    for name in ("batchSize", "batch_size", "per_device_train_batch_size"):
        value = case.ending.facts.get(name)
        if isinstance(value, int) and value > 0:
            return value
    head = readable(bytes(case.log[: 64 << 10]).decode("utf-8", "replace"), 64 << 10)
    found = _BATCH.search(head)
    return int(found["size"]) if found is not None else None


def _smaller(values: Values, case: Case) -> Values:
    batch = batch_of(case)
    if batch is not None and batch < 2:
        return {"length": "half of the present one"}
    of_transformers = b"per_device_train_batch_size" in case.log[: 64 << 10]
    smaller, steps = (1, 8) if batch is None else (batch // 2, 2)
    return {"per_device" if of_transformers else "batch": str(smaller), "steps": str(steps)}


def _kernel(values: Values, case: Case) -> Values:
    return _smaller(values, case) | {"pid": values.get("pid", "")}


_SMALLER = "Halve the batch; gradient accumulation keeps the effective batch"
_SMALLER_BATCH = (_SMALLER, "--batch-size {batch} --gradient-accumulation-steps {steps}")
_SMALLER_PER_DEVICE = (
    _SMALLER,
    "--per_device_train_batch_size {per_device} --gradient_accumulation_steps {steps}",
)
_SHORTER = (
    "The batch is 1 already: shorten the sequences, turn on gradient checkpointing, or take a "
    "smaller model (source and target length: {length})",
    None,
)

RULES = [
    Rule(
        name="worker-bus-error",
        cause="memory.shm",
        title="Shared memory ran out",
        means="A worker wrote to /dev/shm and there was no room behind the mapping.",
        why="Containers get 64 MB of /dev/shm unless told otherwise; workers pass batches there.",
        todo=(
            ("Start the container with more", "--shm-size=8g"),
            ("Or load data in the main process", "--dataloader-num-workers 0"),
            ("See how much there is", "df -h /dev/shm"),
        ),
        source="pytorch.org/docs/stable/multiprocessing.html",
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
        title="Shared memory ran out",
        means="A worker died of a bus error: it wrote to /dev/shm, and there was no room.",
        why="Containers get 64 MB of /dev/shm unless told otherwise; workers pass batches there.",
        todo=(
            ("Start the container with more", "--shm-size=8g"),
            ("Or load data in the main process", "--dataloader-num-workers 0"),
            ("See how much there is", "df -h /dev/shm"),
        ),
        source="pytorch.org/docs/stable/multiprocessing.html",
        says=r"DataLoader worker",
        above=r"insufficient shared memory|out of shared memory",
        plain=False,
    ),
    Rule(
        name="shared-memory-full",
        cause="memory.shm",
        title="Shared memory ran out",
        means="There was no room left in /dev/shm.",
        why="Containers get 64 MB of /dev/shm unless told otherwise.",
        todo=(
            ("Start the container with more", "--shm-size=8g"),
            ("See how much there is", "df -h /dev/shm"),
        ),
        source="docs.python.org/3/library/multiprocessing.shared_memory.html",
        says=r"\[Errno (?:28|12)\]|No space left",
        where=r"multiprocessing/(?:shared_memory|synchronize|heap|reductions)\.py|"
        r"torch/multiprocessing/reductions",
        plain=False,
    ),
    Rule(
        name="gpu-memory",
        cause="memory.gpu_oom",
        title="The GPU's memory ran out{tried}",
        means="The allocation that failed did not fit into what was free on the card.",
        why="Model, optimiser state, activations of the batch and other processes share the card.",
        todo=(
            _SMALLER_BATCH,
            _SMALLER_PER_DEVICE,
            _SHORTER,
            ("See who else is on the card", "nvidia-smi"),
            ("Against fragmentation", "export PYTORCH_ALLOC_CONF=expandable_segments:True"),
        ),
        source="pytorch.org/docs/stable/notes/cuda.html#memory-management",
        says=r"(?:CUDA|HIP|MPS|XPU|NPU)(?: (?:driver|runtime))?(?: backend)?(?: error)?(?: \d+)?"
        r"(?: (?:at|in) \S+)?:? (?:is |ran |runs )?out of memory"
        r"(?:\. Tried to allocate (?P<size>[\d.]+ \w+))?|"
        r"CUBLAS_STATUS_ALLOC_FAILED|CUDNN_STATUS_ALLOC_FAILED|"
        r"cudaErrorMemoryAllocation|RESOURCE_EXHAUSTED|CUDA_ERROR_OUT_OF_MEMORY|"
        r"Cuda failure \d* ?'out of memory'|\bGPU(?: \d+)? (?:is |ran |runs )?out of memory|"
        r"OutOfMemoryError: CUDA|"
        r"ErrorOutOfDeviceMemory|[Dd]evice memory allocation of size \d+ failed|"
        r"(?:cuda|hip)Malloc\w* failed: out of memory|allocate (?:CUDA|ROCm|HIP|Vulkan)\d* buffer|"
        r"No available memory for the cache blocks",
        tail=True,
        fill=lambda values, case: (
            _smaller(values, case)
            | {"tried": f": {values['size']} more did not fit" if values.get("size") else " "}
        ),
    ),
    Rule(
        name="gpu-memory-type",
        cause="memory.gpu_oom",
        title="The GPU's memory ran out",
        means="The allocation that failed did not fit into what was free on the card.",
        why="Model, optimiser state, activations of the batch and other processes share the card.",
        todo=(
            _SMALLER_BATCH,
            _SMALLER_PER_DEVICE,
            _SHORTER,
            ("See who else is on the card", "nvidia-smi"),
        ),
        source="pytorch.org/docs/stable/notes/cuda.html#memory-management",
        types=r"^torch\.(?:cuda\.)?OutOfMemoryError$|^torch\.AcceleratorError$",
        says=r"(?i)out of memory|tried to allocate",
        plain=False,
        fill=_smaller,
    ),
    Rule(
        name="kernel-killed",
        cause="memory.host_oom",
        title="The kernel ended a process because memory ran out",
        means="The kernel or a scheduler wrote that it killed a process for want of memory.",
        why="The machine or the control group had no memory left.",
        todo=(_SMALLER_BATCH, _SMALLER_PER_DEVICE, _SHORTER, ("See what is free", "free -g")),
        source="docs.kernel.org/admin-guide/cgroup-v2.html#memory-interface-files",
        says=r"Out of memory: Killed process (?P<pid>\d+)|oom[-_]kill(?:er|ed|:| event)|OOMKilled|"
        r"oom_kill event|Memory cgroup out of memory|OOM[- ]?[Kk]ill|out-of-memory handler|"
        r"Some of your processes may have been killed by the cgroup|exceeded (?:job )?memory limit|"
        r"OUT_OF_MEMORY|low on resource: memory|due to memory pressure|"
        r"MemoryLimitExceeded|TERM_MEMLIMIT",
        tail=True,
        fill=_kernel,
    ),
    Rule(
        name="host-memory",
        cause="memory.host_oom",
        title="The host's memory ran out{size}",
        means="The operating system refused an allocation.",
        why="What was asked for is larger than the memory (or the limit) of this process.",
        todo=(
            _SMALLER_BATCH,
            _SMALLER_PER_DEVICE,
            _SHORTER,
            ("See what is free and which limits hold", "free -g; ulimit -v"),
        ),
        source="docs.python.org/3/library/exceptions.html#MemoryError",
        says=r"DefaultCPUAllocator: (?:can't allocate memory|not enough memory)"
        r"(?:: you tried to allocate (?P<bytes>\d+) bytes)?|"
        r"Unable to allocate (?P<amount>[\d.]+ \w+) for an array|\[Errno 12\]|"
        r"Cannot allocate memory|std::bad_alloc|bad allocation|malloc of size \d+ failed|"
        r"memory allocation of \d+ bytes failed|out of memory allocating|"
        r"java\.lang\.OutOfMemoryError|heap out of memory|Reached heap limit|"
        r"[Rr]ealloc of size \d+ failed|os error 12\b|failed to allocate|"
        r"(?<!CUDA )(?<!CUDA ran )(?<!CUDA error: )\b[Oo]ut of memory\b(?! on device)",
        tail=True,
        fill=lambda values, case: (
            _smaller(values, case)
            | {"size": _size(values.get("bytes", ""), values.get("amount", ""))}
        ),
    ),
    Rule(
        name="host-memory-type",
        cause="memory.host_oom",
        title="The host's memory ran out",
        means="The operating system refused an allocation.",
        why="What was asked for is larger than the memory (or the limit) of this process.",
        todo=(
            _SMALLER_BATCH,
            _SMALLER_PER_DEVICE,
            _SHORTER,
            ("See what is free and which limits hold", "free -g; ulimit -v"),
        ),
        source="docs.python.org/3/library/exceptions.html#MemoryError",
        types=r"(?:^|\.)_?(?:Array)?MemoryError$|^ray\.exceptions\.OutOfMemoryError$|"
        r"ArrowMemoryError",
        plain=False,
        fill=_smaller,
    ),
]


def _size(count: str, amount: str) -> str:
    if amount:
        return f": {amount} were asked for"
    if not count:
        return " "
    return f": {int(count[:24]) / (1 << 30):.1f} GiB were asked for"
