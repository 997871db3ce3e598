"""Disks that are full, and places that may not be written."""

from lastwords.diagnosis.rules.rule import Rule

DEVICE_FILE = r"/dev/(?:accel\d|nvidia|kfd\b|dri/|davinci|vfio/|neuron\d|hl\d)"
"""The file by which a program talks to an accelerator."""
REFUSED_BY_SERVICE = (
    r"(?i:W&B API|wandb: ERROR|<Response \[40[13]\]>|error 40[13]\b|\b40[13] Forbidden|"
    r"PERMISSION_(?:ERROR|DENIED))"
)
"""Where permission is denied by a service on the network, and not by the disk."""

RULES = [
    Rule(
        name="disk-full",
        broad=True,
        cause="disk.full",
        says=r"(?i)\[Errno (?:28|122|27)\]|os error (?:28|122|27)\b|No space left on device|"
        r"Disk quota exceeded|File too large|database or disk is full|File size limit exceeded|"
        r"not enough (?:free )?(?:disk )?space(?! in the buffer)|disk (?:is )?full|"
        r"PytorchStreamWriter failed writing|enforce fail at inline_container\.cc:\d+\] \. "
        r"unexpected pos|insufficient (?:disk )?space|out of disk|errno 28\b|"
        r"low on resource: ephemeral-storage|ephemeral[- ]storage[^\n]{0,60}(?:limit|exceed)|"
        r"basic_ios::clear: iostream error|file write failed|Wrote only \d+ of \d+ bytes|"
        r"\b\d+ requested and \d+ written|\bwrite\(\): fd \d+ failed|write error: No space|"
        r"WinError 112\b|QuotaExceeded",
        tail=True,
    ),
    Rule(
        name="cache-not-writable",
        cause="model.cache_unreadable",
        says=r"(?is)(?:Permission denied|Operation not permitted|Read-only file system|"
        r"\[Errno (?:13|1|30|20)\]|os error (?:13|1|30)\b|PermissionError).{0,400}?(?:huggingface|"
        r"/hub/|models--|hf_home|hf[_-]cache|transformers_cache|\.cache|/blobs/|/snapshots/|"
        r"\.no_exist|\.locks|/xet/)|(?:model|hub|hugging ?face) cache [^\n]{0,80}(?:permission "
        r"denied|not (?:readable|writable))|\bHF_(?:HOME|HUB_CACHE)\b[^\n]{0,80}(?:not (?:readable|"
        r"writable)|permission|read-only)|trying to write in your cache folder|cache (?:folder|"
        r"directory|dir)[^\n]{0,60}(?:not writable|permission|cannot be)|"
        r"TRANSFORMERS_CACHE[^\n]{0,60}(?:permission|writable)",
    ),
    Rule(
        name="hub-files-refused",
        cause="model.cache_unreadable",
        types=r"^PermissionError$",
        where=r"/huggingface_hub/",
        plain=False,
    ),
    Rule(
        name="database-not-readable",
        cause="data.db_unreadable",
        types=r"PermissionError|OSError",
        says=r"(?:Permission denied|Operation not permitted|Read-only)[^\n]{0,200}\.(?:db|sqlite3?|"
        r"db-wal|db-shm|db-journal)\b",
        plain=True,
    ),
    Rule(
        name="symlink-privilege",
        cause="disk.permission",
        says=r"WinError 1314\b",
    ),
    Rule(
        name="folder-not-made",
        cause="code.error",
        types=r"^FileNotFoundError$",
        says=r"\[Errno 2\][^\n]*: '(?P<path>[^'\n]+)'",
        code=r"(?m)^(?=[^\n]*\Z)(?>[^\n]*?open\()[^\n]*?(?:,|mode=) ?[rbf]?['\"]"
        r"(?:[wax]b?\+?|[wax]\+?b?t?)['\"]",
        plain=False,
    ),
    Rule(
        name="not-executable",
        cause="disk.permission",
        says=r"^(?:[^\n:]{1,80}: ){1,2}(?P<program>[\w./-]*(?:\.(?:sh|py|pl)|(?<=\./)\w+)): "
        r"Permission denied$",
        types=r"^$",
        plain=True,
        tail=True,
    ),
    Rule(
        name="not-allowed",
        cause="disk.permission",
        says=r"(?i)\[Errno (?:13|1|30|20|21|17)\]|os error (?:13|1|30|20|21|17)\b|"
        r"Read-only file system|Operation not permitted|Permission denied|"
        r"cannot be opened(?! for training)|is not writ(?:e)?able|not a directory|"
        r"no write (?:permission|access)|EACCES|EROFS|WinError (?:5|32)\b",
        unless=rf"{DEVICE_FILE}|{REFUSED_BY_SERVICE}",
        types=r"",
    ),
]
