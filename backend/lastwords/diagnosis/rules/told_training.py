"""What programs say in their own words of models, data and settings."""

from lastwords.diagnosis.rules.deps import named_package
from lastwords.diagnosis.rules.disk import path_of
from lastwords.diagnosis.rules.sayings import (
    ABSENT,
    DAMAGED,
    FIELD,
    ROWS,
    WEIGHTS,
    both,
    told,
)

RULES = [
    told(
        "adapter.target_modules",
        "target-modules",
        "The model has none of the modules that the adapter is for",
        "Names differ between architectures.",
        ("Let peft take every linear layer", "target_modules='all-linear'"),
        [
            both(
                r"target[_ ]modules?|lora[-_ ]targets?",
                r"\bnone\b|\bno\b|not|missing|unknown|match",
            ),
            both(
                r"\b(?:lora|peft|adapter|ia3)\b",
                r"\b(?:matched|wrapped|adapted|found) (?:0|no|none)\b|is not a module|"
                r"\b(?:found )?no (?:such )?(?:layers?|modules?)|"
                r"(?:layers?|modules?)\b[^\n]{0,40}(?:not found|do(?:es)? not exist|no match)",
            ),
        ],
    ),
    told(
        "adapter.mismatch",
        "adapter-mismatch",
        "The adapter was made for another model",
        "It was trained on another base model, another size, or with other settings.",
        ("See what it was trained on", "grep base_model_name_or_path */adapter_config.json"),
        [
            both(
                r"\b(?:adapter|lora|peft)\b",
                r"(?:trained|made|built|saved|created) (?:for|on|with|from)"
                r"|mismatch\w*|(?:does|do) not (?:match|fit|belong)|incompatible|differs?|expects",
            ),
            both(r"\b(?:adapter|lora)\b", r"\bbase model\b|hidden size|belong"),
        ],
        unless=r"version|\b\d+\.\d+",
    ),
    told(
        "model.corrupt",
        "file-damaged",
        "A file of the model is damaged",
        "A download or copy broke off, or the disk was full while it was saved.",
        (("See its size", "ls -lL {path}"), ("Download or save it again", None)),
        [
            both(WEIGHTS, DAMAGED),
            r"\b(?:hash|checksum|sha256) of [^\n]{0,80}(?:differs?|wrong|not match)",
        ],
        unless=r"\.(?:csv|tsv|jsonl|parquet|txt)\b",
        fill=path_of,
    ),
    told(
        "data.tokenization",
        "not-tensors",
        "Text could not become tensors",
        "No padding token or template, null text, texts that are too long, or wrong ids.",
        ("Pad and cut", "tokenizer(text, padding=True, truncation=True, max_length=384)"),
        [
            r"chat[- _]?template|pad(?:ding)?[- _]token|enable (?:padding|truncation)|"
            r"\bno tokens\b|"
            r"cannot (?:be )?tokeni[sz]ed?\b|out[- ]of[- ]vocabulary|\b(?:user|assistant|"
            r"system) (?:turn|role|message)"
            r"\b[^\n]{0,40}(?:must|should|expected|first|missing)|(?:must|"
            r"should)[^\n]{0,40}\b(?:user|"
            r"assistant|system) (?:turn|role|message)",
            both(
                r"\b(?:sequences|inputs|batch|samples|examples|encodings)\b",
                r"(?:different|unequal|varying|ragged|not the same) (?:lengths?|sizes?)",
            ),
            both(
                r"\btokens?\b|\bprompt\b|\bsequence\b|input_ids",
                r"context|max(?:imum)?[_ ]"
                r"(?:seq\w*[_ ])?len\w*|too long|longer than|exceeds?|\bvocab\w*|position\w*",
            ),
            both(
                r"\binput_ids\b|\blabels\b|\battention_mask\b",
                r"(?:differ|different|unequal|"
                r"mismatch\w*)[^\n]{0,20}(?:length|len)|length|ragged",
            ),
            r"\b(?:None|null|NaN|float|int)\b[^\n]{0,40}(?:expected|instead of|where|"
            r"not)[^\n]{0,20}"
            r"\b(?:text|str|string)\b|\btoken(?:izer|ize)\b[^\n]{0,60}\b(?:None|null|empty text)\b",
        ],
        unless=r"HF_TOKEN|access token|auth",
    ),
    told(
        "model.shape_mismatch",
        "shapes",
        "Tensors do not fit each other",
        "A head of another size, another variant of the model, or a wrong dimension.",
        ("Compare config.json of the weights with the model that is built", None),
        [
            both(
                r"\b(?:hidden|embedding|classifier|head|layer|tensor|weights?|logits?|feature|"
                r"projection|matrix|checkpoint|state[_ ]dict|in_features)\b[^\n]{0,40}\b(?:sizes?|"
                r"rows|dim\w*|shapes?|features|width|columns|classes|keys|layers)\b",
                r"\bgot\b|\bbut\b|mismatch\w*|(?:does|do) not (?:match|fit|agree)|differs?\b|"
                r"!=|expect\w*|\bvs\.?\b|incompatible|\bhas \d+",
            ),
            both(
                r"\bdim(?:ension)?s?\b|[\[(]\d+(?:, ?\d+)+[\])]",
                r"mismatch\w*|(?:does|do) not (?:match|fit|agree)|differs?\b|\bwants?\b|\bgot\b|!=|"
                r"incompatible|\bexpect\w*",
            ),
            r"\b(?:missing|unexpected) keys? in (?:the )?(?:state|checkpoint)|"
            r"\b\d+ ?x ?\d+\b[^\n]{0,40}"
            r"(?:with|by|and|vs|!=)[^\n]{0,10}\b\d+ ?x ?\d+\b|\b(?:lm_head|embed\w*|classifier|"
            r"vocab|"
            r"channels|features|classes)\b[^\n]{0,40}\d+[^\n]{0,40}\b(?:got|has|but|vs|"
            r"while)\b[^\n]{0,30}\d+",
            both(
                r"\bshapes?\b",
                r"mismatch\w*|(?:does|do) not (?:match|fit)|\bexpected\b[^\n]*\bgot\b",
            ),
        ],
        unless=r"divisible|multiple of|\brow \d|\bline \d|\.csv|\.jsonl",
    ),
    told(
        "worker.crash",
        "worker",
        "A worker process died",
        "Most often the kernel ended it for want of memory; or native code in it crashed.",
        ("See whether the kernel killed it", "dmesg | grep -iE 'killed process|segfault'"),
        [
            both(
                r"\b(?:\w*worker|sub-?process|child(?: process)?|\w+ process)\b",
                r"\bdied\b|crash\w*|was killed|exit(?:ed)? (?:unexpectedly|with (?:code|signal|"
                r"status))|"
                r"signal \d+|disappeared|terminated (?:abruptly|by signal)|gone\b|exit ?code -?\d+",
            )
        ],
    ),
    told(
        "distributed.peer",
        "peer",
        "Another rank or host went away",
        "The first failure is in another rank: its own log names it.",
        ("Look at the rank that failed first", "grep -n 'Root Cause' -A 8 output.log"),
        [
            both(
                r"\brank ?\d+\b|\branks\b|\bpeers?\b|\bnode[- ]?\d+\b|all-?reduce|all-?gather|"
                r"\bnccl\b|"
                r"rendezvous|\bcommunicator\b|\bbarrier\b|\bremote rank\b|\bmaster (?:node|"
                r"process)\b",
                r"\blost\b|went away|did not (?:join|answer|respond|arrive)|\bgone\b|unreachable|"
                r"timed? ?out|\bdied\b|\bdead\b|disconnected|dropped out|never (?:joined|came)|"
                r"left|"
                r"(?:stopped|not) responding|exited|aborted|crashed|closed the connection|"
                r"only \d+ of \d+|\bfailed\b|not reachable",
            )
        ],
    ),
    told(
        "process.timeout",
        "time-limit",
        "The time that it was given ran out",
        "It needs longer than its limit, or something in it waits for ever.",
        ("Give it more time", "--time-limit-seconds 86400"),
        [
            r"\btime ?-?limit\b|\bwall ?-?(?:clock|time)\b|\bdeadline\b|\bwatchdog\b|"
            r"\btime budget\b|ran out of time",
            both(
                r"\b\d+(?:\.\d+)? ?(?:s|sec|secs|seconds|min|minutes|h|hours)\b",
                r"did not (?:finish|complete|end)|no progress|timed? ?out|took (?:too long|longer|"
                r"more)|"
                r"exceeded|no heartbeat|no output|no answer|stuck|\bhung\b|hang(?:s|ing)?\b|"
                r"stalled",
            ),
        ],
        unless=r"https?://|connect|download|endpoint|\bserver\b|\bhost\b|database",
    ),
    told(
        "network.unreachable",
        "no-answer",
        "A host could not be reached",
        "No way to the internet, a proxy or firewall, or the service is down.",
        ("See whether names resolve", "getent hosts huggingface.co"),
        [
            both(
                r"https?://|\b(?:[\w-]+\.)+(?:co|com|org|net|io|ai|internal|local)\b|\bendpoint\b|"
                r"\bserver\b|\bregistry\b|\bproxy\b|\bhub\b|\bnetwork\b|\binternet\b|"
                r"\bdownload\w*\b|"
                r"\bupload\w*\b|\bhost\b|\bs3\b|\bremote\b|\bconnection\b",
                r"(?:cannot|can't|could not|couldn't|unable to|failed to) (?:be )?(?:reach\w*|"
                r"connect|"
                r"resolve|contact|download|fetch)|offline|refused|reset|unreachable|"
                r"not (?:responding|"
                r"answering|reachable)|timed? ?out|did not (?:answer|respond)|\bis down\b|"
                r"failed after "
                r"\d+|\b(?:429|50[0234])\b|broke(?:n)? off|aborted|no route|\bgave up\b",
            ),
            both(
                r"\b(?:dns|ssl|tls|handshake|proxy|certificate|connection|hub|download\w*|"
                r"fetch\w*)\b",
                r"fail\w*|"
                r"\blost\b|unreachable|refused|closed|dropped|interrupted|gave up|"
                r"giving up",
            ),
            r"\bno (?:internet|network|route|connectivity)\b",
            r"\bHTTP (?:status )?(?:429|5\d\d)\b",
        ],
        unless=r"permission|\brank\b|all-?(?:gather|reduce)|rendezvous|database|\b40[13]\b|"
        r"licen[cs]e|host memory",
    ),
    told(
        "numeric.nan",
        "not-finite",
        "Numbers became NaN or infinite",
        "The learning rate is too high, fp16 overflowed, or the data holds NaN.",
        ("Train with a lower rate, and a warm-up", "--learning-rate 1e-5 --warmup-ratio 0.1"),
        [
            r"\b(?:loss|training|gradients?|grads?|grad(?:ient)? norm|logits?|activations?|"
            r"weights?)\b[^\n]{0,40}"
            r"\b(?:nan|inf(?:inite|inity)?|diverge[ds]?|exploded|overflow\w*|non-?finite)\b"
        ],
    ),
    told(
        "disk.permission",
        "not-allowed",
        "A path may not be written or read",
        "Another owner, a read-only mount, or a file where a folder is needed.",
        (
            ("See owner, mode and mount", "ls -ld {path}; findmnt -T {path}; id"),
            ("Write to a folder of your own", "--output-dir $HOME/output"),
        ),
        [
            both(
                r"(?:^|[\s'\"=(])~?/[\w./-]+|\b(?:dir(?:ectory)?|folder|path|file|volume|mount)\b",
                r"permission|\bdenied\b|read-only|not (?:writ(?:e)?able|readable)|(?:cannot|can't|"
                r"could "
                r"not|unable to) (?:write|create)|no (?:write )?(?:access|rights)|not owned|for "
                r"writing|insufficient (?:rights|permissions)|belongs to|"
                r"owned by",
            )
        ],
        fill=path_of,
    ),
    told(
        "deps.incompatible",
        "version",
        "The installed version of a package does not fit",
        "Packages were installed or upgraded one by one.",
        ("See what does not fit together", "python -m pip check"),
        [
            both(
                r"\b(?:python|numpy|torch|transformers|peft|accelerate|cuda|trl|datasets|"
                r"tokenizers|"
                r"bitsandbytes|deepspeed|safetensors|library|package|driver)\b"
                r"(?: version)?[ =<>v]{1,4}\d[\w.]*",
                r"too (?:old|new)|not supported|unsupported|need\w*|requires?d?\b|upgrade|"
                r"downgrade|"
                r"or (?:newer|later|older|above|higher)|incompatible|cannot (?:read|load|be used)|"
                r"expected|does not (?:fit|match|work)",
            ),
            r"(?:newer|older|different|another|other) (?:version|release) of|\bthis build of\b|"
            r"\bnot support (?:cuda|python|numpy|torch) ?\d|"
            r"\b(?:compiled|built) (?:for|against|with) (?:torch|cuda|numpy|python|another)|"
            r"\bneed \w+ \d[\w.]*,? (?:have|got|found)|(?:at least|"
            r"minimum) \d+(?:\.\d+)+ is (?:needed|required)|"
            r"\b(?:cuda|cudnn|rocm|torch|numpy|glibc)\b[^\n]{0,40}\bbuilt (?:with|for|against)",
            r"\bversion\b[^\n]{0,60}(?:mismatch|conflict|too (?:old|new)|incompatible|"
            r"not supported)",
        ],
        unless=r"config version|data ?set version",
    ),
    told(
        "deps.missing",
        "package",
        "A package or program that this needs is not installed",
        "Optional parts are installed separately.",
        (("Install it", "pip install {pip}"), ("See what is installed", "python -m pip list")),
        [
            r"must be installed|\blib[\w+-]+\.so[\w.]*\b[^\n]{0,60}(?:not|missing|fail)|"
            r"(?:could not|cannot|can't|failed to|unable to) import\b(?! name)|\binstall (?:it|"
            r"them)\b",
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
        "The model or one of its files was not found",
        "A typing error in the name, a folder that is not there, or a file never saved.",
        (("See what is there", "ls -la {folder}"), ("See what the cache holds", "hf cache ls")),
        [both(WEIGHTS, ABSENT)],
        unless=r"\b(?:key|field|column|argument|option|parameter|attribute|setting|config)\b",
        fill=path_of,
    ),
    told(
        "data.empty",
        "nothing",
        "There was nothing to train on",
        "The query or filter matched nothing, the file is empty, or all rows were skipped.",
        ("See what a filter or split leaves", None),
        [
            both(
                ROWS,
                r"\bempty\b|\bnothing\b|\bno\b|\bnone\b|\bzero\b|"
                r"(?<![\d.=:])0(?![\d.])(?! ?[-:/])|only a header|"
                r"\ball\b[^\n]{0,40}(?:filtered|removed|dropped|skipped|discarded|rejected)|"
                r"at least "
                r"(?:1|one|two|2)\b|too few|not enough|(?:could not|cannot|did not) find any",
            ),
            r"\bnothing (?:left|remain\w*|to (?:train|learn|fit|do)|was (?:selected|loaded|kept|"
            r"found))|"
            r"\bleft with (?:no|0|nothing)|\b(?:matched|returned|yielded|produced|kept|selected) "
            r"(?:0|no|nothing|zero)\b|\blen(?:gth)?\b[^\n]{0,20}\b0$",
            rf"\b(?:all|every)\b[^\n]{{0,30}}(?:{ROWS})[^\n]{{0,40}}(?:filtered|removed|dropped|"
            r"skipped|discarded|rejected)",
        ],
        unless=r"(?:message|conversation|pair) \d|column|field|\bkey\b|has no attribute|"
        r"expected \d|\brow \d|\bline \d|record \d|"
        r"out of range|outside|range 0|from 0|modules?\b|labels? 0|rank \d|not a directory|"
        r"permission",
    ),
    told(
        "data.malformed",
        "rows",
        "The data is not what the program reads",
        "A row is cut off, lacks a field, or holds a value that was not expected.",
        ("Look at the row that the message names", None),
        [
            both(
                FIELD,
                r"\bparse\w*|decod\w*|\butf|encod\w*|malformed|invalid|unexpected|"
                r"unterminated|missing|not valid|not (?:a |an )?(?:json|number|list|dict|string|"
                r"object)|"
                r"expected \d|not found|not in\b|outside|out of (?:range|bounds)|unknown|"
                r"duplicate\w*|"
                r"broken|wrong|lacks?\b|\bneeds?\b|unsupported|"
                r"is (?:none|null|blank|nan|empty)\b|\bblank\b|mismatch\w*|inconsistent|"
                r"different number|"
                r"fail(?:ed|s)?\b|has type|\bbad\b|too (?:many|few) (?:fields|columns)|must (?:be|"
                r"have)|cannot be (?:read|parsed)|\bhas no\b",
            ),
            r"\b(?:csv|jsonl?|tsv|parquet|xml) (?:error|syntax)|\bduplicate ids?\b|"
            r"is not a number\b|"
            r"not a valid (?:parquet|json|csv|arrow|jsonl|tsv|gzip)|control characters|"
            r"mixed types|gzip compressed|"
            r"\blabels? must\b|identical \w+ and \w+|\bonly a header\b",
        ],
        unless=r"\bconfig\w*\b|\boption\b|\bargument\b|\bmodel\b|--[a-z]|\.toml|\.ini\b",
    ),
    told(
        "config.invalid",
        "setting",
        "A setting has a value that the program refuses",
        "A typing error, a value out of range, or settings that do not fit each other.",
        ("Correct the setting that the message names", None),
        [
            both(
                r"(?<![\w/])--?[a-z][\w-]+|\b(?:config\w*|option|setting|argument|parameter|flag|"
                r"section|hyper-?parameter|environment variable|env var)s?\b|\.(?:ya?ml|toml|ini|"
                r"cfg)\b|"
                r"\b(?:\w+_(?:steps|epochs|rate|ratio|size|heads|layers|rank|alpha|length|dropout)|"
                r"learning rate|batch size|hidden size|attention heads|\w+ config\w* values|"
                r"precision|optimi[sz]er|scheduler|epochs|dropout|strategy|"
                r"backend|dtype|method|model_type|schedule|lora_r|seed|patience|seq_len)s?\b|"
                r"\b[a-z]\w*_\w+=\S+|"
                r"\b[a-z]\w+=-?\d[\d.e-]*",
                r"\bunknown\b|\binvalid\b|\bbad value\b|unsupported|not (?:supported|allowed|known|"
                r"recogni[sz]ed|set|valid)|\bmust\b|\bshould\b|required|missing|exclusive|conflict|"
                r"choose (?:from|one)|multiple of|divisible|between|cannot be|too (?:large|small|"
                r"high)|"
                r"mismatch\w*|makes? no sense|not allowed|out of\b|unrecogni[sz]ed|not registered|"
                r"duplicate key|"
                r"does not divide|is empty|please set|contradict\w*|cannot (?:both|combine)|"
                r"positive|exceeds?|\bexpected\b",
            ),
            r"\bplease (?:set|pass|give|specify|choose)\b|\b(?:set|pass|give|specify) (?:either|"
            r"exactly one)",
            r"\b[A-Z][A-Z0-9]*_[A-Z0-9_]+\b[^\n]{0,40}(?:is empty|not set|unset|undefined|missing|"
            r"must be set|"
            r"is required)",
        ],
        unless=r"\bloss\b|\bgrad|\bcheckpoint\b[^\n]*\bsize\b",
    ),
    told(
        "process.signal",
        "stopped",
        "It was asked to stop",
        "A person, a scheduler, or a machine that was taken back.",
        ("Start it again; it goes on from the last checkpoint", "--resume-from checkpoints"),
        [
            r"\bpreempt\w*|\bSIG(?:TERM|INT|HUP|KILL|USR\d)\b|\b(?:terminat|interrupt)ed by\b|"
            r"\bspot\b|reclaim\w*|"
            r"evict\w*|shutdown requested|asked to stop"
        ],
    ),
]
