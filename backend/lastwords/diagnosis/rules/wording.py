"""What programs say in their own words of machines, databases and rights."""

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
        [
            both(
                r"/dev/shm|shared memory|\bshm\b",
                r"\bfull\b|no (?:space|room)|exhausted|ran out|too small|not enough|insufficient",
            )
        ],
    ),
    told(
        "memory.gpu_oom",
        "gpu-memory",
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
        [
            both(
                r"\b(?:host |system |main |cpu )?(?:memory|ram)\b",
                r"not enough|insufficient|ran out|exhausted|exceed\w*|\bfull\b|run out",
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
        [
            both(
                GPU,
                r"\bno\b|\bnone\b|not (?:available|found|visible|detected|loaded|usable|present|"
                r"supported)|unavailable|only \d+|(?:expected|requested|asked for|want\w*) \d+|"
                rf"(?:see|found|got|have|has|count(?: is)?|are) \d+\b|{NOT}|requires?\b|"
                rf"\bneed(?:s|ed)?\b|missing",
            ),
            r"\b(?:bf16|fp16|tf32|fp8|half|flash.?attention)\b[^\n]{0,60}\b(?:ampere|hopper|turing|"
            r"gpu|sm_?\d|cpu)\b",
        ],
        unless=r"memory|\bpip install\b|tensors? on|same device|\b(?:cuda|"
        r"driver) (?:version )?\d+\.\d|built (?:with|for)|\bnvcc\b|extension|compiler",
    ),
    told(
        "data.db_locked",
        "database-locked",
        [both(DATABASE, r"\block(?:ed|s)?\b|\bbusy\b|held by")],
    ),
    told(
        "data.db_corrupt",
        "database-damaged",
        [
            both(
                r"\bdatabase\b|\bsqlite\w*\b|\.(?:db|sqlite3?)\b",
                DAMAGED + "|malformed|is not an?"
                r" (?:sqlite|database)|not a database",
            )
        ],
    ),
    told(
        "data.db_unreadable",
        "database-rights",
        [both(r"\bdatabase\b|\bsqlite\w*\b|\.(?:db|sqlite3?)\b", DENIED)],
    ),
    told(
        "data.db_missing",
        "database-missing",
        [both(DATABASE, ABSENT)],
    ),
    told(
        "model.cache_unreadable",
        "cache-rights",
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
        [
            r"\bno (?:space|room)\b|disk (?:is )?full|quota|out of (?:disk )?space|"
            r"not enough (?:free |disk )*space|insufficient (?:free |disk )*space",
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
        [
            r"\bgated\b|\b(?:repo\w*|model) is private|(?:supply|provide|set|pass|"
            r"need) an? (?:\w+ )?"
            r"token\b|\btoken\b[^\n]{0,40}(?:expired|revoked|rejected|read rights|read access)",
            both(
                r"\b(?:model|hub|hugging ?face|HF_TOKEN|repo\w*|\w+/\w+[\w.-]*)\b",
                r"\blog ?in\b|licen[cs]e|unauthori[sz]ed|authenticat\w*|accept(?:ed)? the (?:terms|"
                r"conditions)|access (?:was )?(?:denied|refused|restricted)|token is (?:not|"
                r"missing|invalid|expired)|invalid token",
            ),
            r"\b(?:accept\w*|agree\w*)\b[^\n]{0,60}\b(?:licen[cs]e|terms|conditions)\b|"
            r"\b(?:forbidden|401|403|lacks access|access rights)\b[^\n]{0,60}\b(?:repo\w*|model|"
            r"token)\b|\btoken lacks\b",
            r"HF_TOKEN[^\n]{0,40}(?:not set|missing|invalid|expired|required)",
        ],
        unless=r"permission denied: '?/",
    ),
]
