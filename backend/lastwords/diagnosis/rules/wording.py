"""What programs say in their own words of machines, databases and rights."""

from lastwords.diagnosis.rules.database import place as database
from lastwords.diagnosis.rules.wording_pairs import (
    ABSENT,
    AMOUNT,
    DAMAGED,
    DATABASE,
    DENIED,
    GPU,
    NOT,
    both,
    told,
)

RULES = [
    told(
        "memory.shm",
        "shared-memory",
        "Shared memory ran out",
        "Containers get 64 MB of /dev/shm unless told otherwise.",
        ("See how much there is", "df -h /dev/shm"),
        [
            both(
                r"/dev/shm|shared memory|\bshm\b",
                r"\bfull\b|no (?:space|room)|exhausted|ran out|"
                r"too small|not enough|insufficient",
            )
        ],
    ),
    told(
        "memory.gpu_oom",
        "gpu-memory",
        "The GPU's memory ran out",
        "Model, optimiser state and activations of the batch share the card.",
        ("See who else is on the card", "nvidia-smi"),
        [
            both(
                GPU,
                r"(?:ran|run|is|are|going) out of memory|out of memory|\boom\b|memory "
                r"exhausted|not enough memory|insufficient memory|\b(?:is|are) full\b|"
                r"cannot place|(?:does not|doesn't|won't|cannot) fit|does not fit",
            ),
            both(GPU, rf"allocat\w+ (?:of )?{AMOUNT}"),
            rf"\b(?:vram|gpu memory|video memory)\b[^\n]{{0,60}}(?:{AMOUNT}|full|exhaust|"
            rf"not enough|"
            rf"insufficient)|{AMOUNT} of (?:vram|gpu memory)",
        ],
    ),
    told(
        "memory.host_oom",
        "host-memory",
        "The host's memory ran out",
        "What was asked for is larger than the memory of this machine or of its limit.",
        ("See what is free", "free -g; ulimit -v"),
        [
            both(
                r"\b(?:host |system |main |cpu )?(?:memory|ram)\b",
                r"not enough|insufficient|ran "
                r"out|exhausted|exceed\w*|\bfull\b|run out",
            ),
            rf"\bmemory ?limit\b|(?:could not|cannot|failed to|unable to) allocate {AMOUNT}",
            r"\b(?:oom|out[- ]of[- ]memory)[- ]?kill\w*|\bout of (?:host |system )?(?:ram|"
            r"memory)\b|"
            r"(?:does not|do not|doesn't|won't|cannot) fit (?:in|into)\b[^\n]{0,40}(?:ram|memory)",
            rf"\b(?:memory|ram)\b[^\n]{{0,60}}(?:need\w*|requires?)[^\n]{{0,40}}{AMOUNT}",
        ],
        unless=GPU,
    ),
    told(
        "gpu.fault",
        "gpu-fault",
        "The GPU reported a fault",
        "Failing hardware (ECC, Xid), or a kernel that failed on the device.",
        ("See what the driver wrote", "dmesg | grep -i xid"),
        [
            both(
                GPU,
                r"fallen off|\becc\b|\bxid\b|\bfault(?:y|ed)?\b|hung|crashed|hardware error|"
                r"lost contact|stopped responding|is lost|disappeared|uncorrectable|\bhang\b|"
                r"\breset(?:ting)?\b",
            )
        ],
    ),
    told(
        "gpu.unavailable",
        "gpu-missing",
        "No usable GPU, or not with what was asked of it",
        "A machine or container without GPU, a CPU build of PyTorch, or an old driver.",
        ("See what the driver sees", "nvidia-smi"),
        [
            both(
                GPU,
                r"\bno\b|\bnone\b|not (?:available|found|visible|detected|loaded|usable|"
                r"present|supported)|unavailable|only \d+|(?:expected|requested|asked for|"
                r"want\w*) \d+|"
                rf"(?:see|found|got|have|has|count(?: is)?|are) \d+\b|{NOT}|requires?\b|"
                rf"\bneed(?:s|ed)?\b|missing",
            ),
            r"\b(?:bf16|fp16|tf32|fp8|half|flash.?attention)\b[^\n]{0,60}\b(?:ampere|hopper|"
            r"turing|gpu|"
            r"sm_?\d|cpu)\b",
        ],
        unless=r"memory|\bpip install\b|tensors? on|same device|\b(?:cuda|"
        r"driver) (?:version )?\d+\.\d|built (?:with|for)|\bnvcc\b|extension|compiler",
    ),
    told(
        "data.db_locked",
        "database-locked",
        "The database is held by another writer",
        "Another process keeps a transaction open on the same file.",
        (("See who has it open", "fuser -v {path}"), ("See who has it open", "fuser -v *.db")),
        [both(DATABASE, r"\block(?:ed|s)?\b|\bbusy\b|held by")],
        fill=database,
    ),
    told(
        "data.db_corrupt",
        "database-damaged",
        "The file is damaged, or is not a database",
        "A broken copy, a full disk while it was written, or another kind of file.",
        (
            ("Check it", "sqlite3 {path} 'PRAGMA integrity_check'"),
            ("Or restore it from a copy", None),
        ),
        [
            both(
                r"\bdatabase\b|\bsqlite\w*\b|\.(?:db|sqlite3?)\b",
                DAMAGED + "|malformed|is not an?"
                r" (?:sqlite|database)|not a database",
            )
        ],
        fill=database,
    ),
    told(
        "data.db_unreadable",
        "database-rights",
        "No rights to the database",
        "Owner or mode of the file or its folder do not fit this user.",
        (("See who owns it", "ls -l {path}; id"), ("See who owns it", "ls -l *.db; id")),
        [both(r"\bdatabase\b|\bsqlite\w*\b|\.(?:db|sqlite3?)\b", DENIED)],
        fill=database,
    ),
    told(
        "data.db_missing",
        "database-missing",
        "The database or its table is not there",
        "A wrong path, another working directory, or tables that were never made.",
        ("See what is there", "ls -la {folder}"),
        [both(DATABASE, ABSENT)],
        fill=database,
    ),
    told(
        "model.cache_unreadable",
        "cache-rights",
        "The model cache may not be read or written",
        "It was filled by another user (often root), or is mounted read-only.",
        ("Use another cache", "export HF_HOME=$HOME/.cache/huggingface"),
        [
            both(
                r"\bHF_HOME\b|\bTRANSFORMERS_CACHE\b|\bHF_HUB_CACHE\b|(?:model|hub|hugging ?face)"
                r"['\" ]{0,2}\w* ?cache|\.cache/huggingface|cache (?:dir\w*|folder)",
                DENIED,
            )
        ],
    ),
    told(
        "disk.full",
        "disk-full",
        "The disk, quota or size limit is full",
        "Checkpoints and caches grew past the disk or the quota.",
        ("See what is full", "df -h . /tmp; df -i .; quota -s"),
        [
            r"\bno (?:space|room)\b|disk (?:is )?full|quota|out of (?:disk )?space|"
            r"not enough (?:free "
            r"|disk )*space|insufficient (?:free |disk )*space",
            rf"(?:only )?{AMOUNT} (?:are |is )?(?:left|free|available|remaining)\b[^\n]{{0,30}}"
            r"(?:/|\bdisk\b|\bvolume\b|\bon\b)",
            rf"\b(?:disk|volume|scratch|partition|file ?system)\b[^\n]{{0,60}}(?:{AMOUNT}|"
            rf"\bfull\b)|"
            r"not enough (?:free )?(?:disk|storage)|\binodes?\b|\b(?:disk|storage) (?:limit|"
            r"exhausted)",
        ],
        unless=r"\bram\b|\bmemory\b|\bvram\b|/dev/shm|rate limit|api quota",
    ),
    told(
        "model.gated",
        "login",
        "The model needs a login or an accepted licence",
        "No token, a token without the right, or a licence that was not accepted.",
        ("Log in", "hf auth login"),
        [
            r"\bgated\b|\b(?:repo\w*|model) is private|(?:supply|provide|set|pass|"
            r"need) an? (?:\w+ )?"
            r"token\b|\btoken\b[^\n]{0,40}(?:expired|revoked|rejected|read rights|read access)",
            both(
                r"\b(?:model|hub|hugging ?face|HF_TOKEN|repo\w*|\w+/\w+[\w.-]*)\b",
                r"\blog ?in\b|licen[cs]e|unauthori[sz]ed|authenticat\w*|accept(?:ed)? the (?:terms|"
                r"conditions)|access (?:was )?(?:denied|refused|restricted)|token is (?:not|"
                r"missing|"
                r"invalid|expired)|invalid token",
            ),
            r"\b(?:accept\w*|agree\w*)\b[^\n]{0,60}\b(?:licen[cs]e|terms|conditions)\b|"
            r"\b(?:forbidden|401|403|lacks access|access rights)\b[^\n]{0,60}\b(?:repo\w*|model|"
            r"token)\b|"
            r"\btoken lacks\b",
            r"HF_TOKEN[^\n]{0,40}(?:not set|missing|invalid|expired|required)",
        ],
        unless=r"permission denied: '?/",
    ),
]
