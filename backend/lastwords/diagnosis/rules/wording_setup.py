"""Plain words about files, packages, data and settings."""

from lastwords.diagnosis.rules.deps_programs import named_package
from lastwords.diagnosis.rules.wording_pairs import ABSENT, FIELD, ROWS, WEIGHTS, both, told

_QUOTED = r"(?:`[^`\n]{1,60}`|'[^'\n]{1,60}'|\"[^\"\n]{1,60}\")"
_NOT_TAKEN = (  # of a value, by a library
    rf"\b(?:must|should|ha(?:s|ve) to|needs? to|can only) be (?:either |exactly |set to |equal to |"
    rf"only )?(?:{_QUOTED}|None\b|True\b|False\b)|\bnot (?:currently |yet )?supported\b|"
    r"\b(?:does|do)(?:n't| not) (?:currently |yet )?support\b|"
    r"\bcurrently only\b|\bonly supports?\b|\bsupports only\b|\bonly (?:valid|supported|available|"
    r"implemented|works?|compatible) (?:with|for|by|when|on)\b|\bat the same time\b|\bcannot (?:be "
    r"used|use|set|have|specify|pass|enable|combine)\b|\bcompatible with\b|"
    r"\b(?:requires? (?:that )?(?:`|'|--)|(?:set|setting|pass|use|specify|enable|"
    r"disable) (?:`|'|\"|--)?\w+(?:`|')?=)\w+"
)

RULES = [
    told(
        "disk.permission",
        "not-allowed",
        [
            both(
                r"(?:^|[\s'\"=(])~?/[\w./-]+|\b(?:dir(?:ectory)?|folder|path|file|volume|mount)\b",
                r"permission|\bdenied\b|read-only|not (?:writ(?:e)?able|readable)|(?:cannot|can't|"
                r"could not|unable to) (?:write|create)|no (?:write )?(?:access|rights)|not owned|"
                r"for writing|insufficient (?:rights|permissions)|belongs to|owned by",
            )
        ],
    ),
    told(
        "deps.incompatible",
        "version",
        [
            both(
                r"\b(?:python|numpy|torch|transformers|peft|accelerate|cuda|trl|datasets|"
                r"tokenizers|bitsandbytes|deepspeed|safetensors|library|package|"
                r"driver)\b(?: version)?[ =<>v]{1,4}\d[\w.]*",
                r"too (?:old|new)|not supported|unsupported|need\w*|requires?d?\b|upgrade|"
                r"downgrade|or (?:newer|later|older|above|higher)|incompatible|cannot (?:read|load|"
                r"be used)|expected|does not (?:fit|match|work)",
            ),
            r"(?:newer|older|different|another|other) (?:version|release) of|\bthis build of\b|"
            r"\bnot support (?:cuda|python|numpy|torch) ?\d|\b(?:compiled|built) (?:for|against|"
            r"with) (?:torch|cuda|numpy|python|another)|\bneed \w+ \d[\w.]*,? (?:have|got|found)|"
            r"(?:at least|minimum) \d+(?:\.\d+)+ is (?:needed|required)|\b(?:cuda|cudnn|rocm|torch|"
            r"numpy|glibc)\b[^\n]{0,40}\bbuilt (?:with|for|against)",
            r"\bversion\b[^\n]{0,60}(?:mismatch|conflict|too (?:old|new)|incompatible|"
            r"not supported)",
            r"\bno longer (?:supported|accessible|available|accepted)\b[^\n]{0,40}\b(?:as of|in|"
            r"since) v?\d|\b(?:deprecated|removed) (?:in|since|as of) v?\d|"
            r"\brequires? (?:at least |an? )?(?:py)?torch\b|"
            r"\bplease (?:upgrade|downgrade)\b|\bcompiled with(?:out)?\b",
        ],
        unless=r"config version|data ?set version",
    ),
    told(
        "deps.missing",
        "package",
        [
            r"must be installed|\blib[\w+-]+\.so[\w.]*\b[^\n]{0,60}(?:not|missing|fail)|"
            r"(?:could not|cannot|can't|failed to|unable to) import\b(?! name)|not importable|"
            r"\binstall (?:it|them)\b",
            r"(?:not|n't) (?:be )?installed|pip install|apt(?:-get)? install|conda install",
            r"\bon (?:the |your )?\$?PATH\b|\bin (?:the |your )?\$?PATH\b",
            both(
                r"\b(?:package|module|library|extra|dependency|extension|executable|binary|program|"
                r"compiler|nvcc|gcc|g\+\+|ninja|cmake|ffmpeg|git-lfs|java)\b",
                r"missing|not (?:found|available)|unavailable|required|\bneed(?:s|ed)?\b|"
                r"could not be found|absent",
            ),
        ],
        unless=r"version|\bfield\b|\bkey\b|\bcolumn\b",
        fill=named_package,
    ),
    told(
        "model.not_found",
        "model-missing",
        [both(WEIGHTS, ABSENT)],
        unless=r"\b(?:key|field|column|argument|option|parameter|attribute|setting|config)\b",
    ),
    told(
        "data.empty",
        "nothing",
        [
            both(
                ROWS,
                r"\bempty\b|\bnothing\b|\bno\b(?! (?:longer|such|answer|response|reply))|\bnone\b|"
                r"\bzero\b|(?<![\d.=:])0(?![\d.])(?! ?[-:/])|only a header|"
                r"\ball\b[^\n]{0,40}(?:filtered|removed|dropped|skipped|discarded|rejected)|"
                r"at least (?:1|one|two|2)\b|too few|not enough|(?:could not|cannot|"
                r"did not) find any",
            ),
            r"\bnothing (?:left|remain\w*|to (?:train|learn|fit|do)|was (?:selected|loaded|kept|"
            r"found))|\bleft with (?:no|0|nothing)|\b(?:matched|returned|yielded|produced|kept|"
            r"selected) (?:0|no|nothing|zero)\b|\blen(?:gth)?\b[^\n]{0,20}\b0$",
            rf"\b(?:all|every)\b[^\n]{{0,30}}(?:{ROWS})[^\n]{{0,40}}(?:filtered|removed|dropped|"
            r"skipped|discarded|rejected)",
        ],
        unless=r"batch[-_ ]size|(?:message|conversation|pair) \d|column|field|\bkey\b|"
        r"has no attribute|expected \d|\brow \d|\bline \d|record \d|out of range|outside|range 0|"
        r"from 0|modules?\b|labels? 0|rank \d|not a directory|permission|"
        r"\bno (?:\w+ ){0,3}(?:answer|response|reply)\b",
    ),
    told(
        "data.malformed",
        "rows",
        [
            both(
                FIELD,
                r"\bparse\w*|decod\w*|\butf|encod\w*|malformed|invalid|unexpected|unterminated|"
                r"missing|not valid|not (?:a |an )?(?:json|number|list|dict|string|object)|"
                r"expected \d|not found|not in\b|outside|out of (?:range|bounds)|unknown|"
                r"duplicate\w*|broken|wrong|lacks?\b|\bneeds?\b|unsupported|is (?:none|null|blank|"
                r"nan|empty)\b|\bblank\b|mismatch\w*|inconsistent|different number|fail(?:ed|s)?\b|"
                r"has type|\bbad\b|too (?:many|few) (?:fields|columns)|must (?:be|have)|"
                r"cannot be (?:read|parsed)|\bhas no\b",
            ),
            r"\b(?:csv|jsonl?|tsv|parquet|xml) (?:error|syntax)|\bduplicate ids?\b|"
            r"is not a number\b|not a valid (?:parquet|json|csv|arrow|jsonl|tsv|gzip)|"
            r"control characters|mixed types|gzip compressed|\blabels? must\b|"
            r"identical \w+ and \w+|\bonly a header\b",
        ],
        unless=r"\bconfig\w*\b|\boption\b|\bargument\b|\bmodel\b|--[a-z]|\.toml|\.ini\b",
    ),
    told(
        "config.invalid",
        "setting",
        [
            both(
                r"(?<![\w/])--?[a-z][\w-]+|\b(?:config\w*|option|setting|argument|parameter|flag|"
                r"section|hyper-?parameter|environment variable|env var)s?\b|\.(?:ya?ml|toml|ini|"
                r"cfg)\b|\b(?:\w+_(?:steps|epochs|rate|ratio|size|heads|layers|rank|alpha|length|"
                r"dropout)|learning rate|batch size|hidden size|attention heads|"
                r"\w+ config\w* values|precision|optimi[sz]er|scheduler|epochs|dropout|strategy|"
                r"backend|dtype|method|model_type|schedule|lora_r|seed|patience|seq_len)s?\b|"
                r"\b[a-z](?>[^\W_]*_)\w+=\S+|\b[a-z]\w+=-?\d[\d.e-]*",
                r"\bunknown\b|\binvalid\b|\bbad value\b|unsupported|not (?:supported|allowed|known|"
                r"recogni[sz]ed|set|valid)|\bmust\b|\bshould\b|required|missing|exclusive|conflict|"
                r"choose (?:from|one)|multiple of|divisible|between|cannot be|too (?:large|small|"
                r"high)|mismatch\w*|makes? no sense|not allowed|out of\b|unrecogni[sz]ed|"
                r"not registered|duplicate key|does not divide|is empty|please set|contradict\w*|"
                r"cannot (?:both|combine)|positive|exceeds?|\bexpected\b",
            ),
            r"\bplease (?:set|pass|give|specify|choose)\b|\b(?:set|pass|give|specify) (?:either|"
            r"exactly one)",
            r"\b[A-Z][A-Z0-9]*_[A-Z0-9_]+\b[^\n]{0,40}(?:is empty|not set|unset|undefined|missing|"
            r"must be set|is required)",
            rf"^(?![^\n]*\b(?:dtype|device|object|tensor|ndarray|instance)\b)[^\n]*?(?:{_NOT_TAKEN})",
        ],
        unless=r"\bloss\b|\bgrad|\bcheckpoint\b[^\n]*\bsize\b|\b(?:input_ids|inputs_embeds)\b",
    ),
    told(
        "process.signal",
        "stopped",
        [
            r"\bpreempt\w*|\bSIG(?:TERM|INT|HUP|KILL|USR\d)\b|\b(?:terminat|interrupt)ed by\b|"
            r"\bspot\b|reclaim\w*|evict\w*|shutdown requested|asked to stop"
        ],
    ),
]
