"""Plain words about models, workers, hosts and numbers."""

from lastwords.diagnosis.rules.wording_pairs import DAMAGED, WEIGHTS, both, told

RULES = [
    told(
        "adapter.target_modules",
        "target-modules",
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
        [
            both(
                r"\b(?:adapter|lora|peft)\b",
                r"(?:trained|made|built|saved|created) (?:for|on|with|from)"
                r"|mismatch\w*|(?:does|do) not (?:match|fit|belong)|incompatible|differs?|expects",
            ),
            both(r"\b(?:adapter|lora)\b", r"\bbase model\b|hidden size|belong"),
        ],
        unless=r"version|\b\d+\.\d+|checksum|\bhash\b|\bsha256\b",
    ),
    told(
        "model.corrupt",
        "file-damaged",
        [
            both(WEIGHTS, DAMAGED),
            r"\b(?:hash|checksum|sha256) of [^\n]{0,80}(?:differs?|wrong|not match)",
        ],
        unless=r"\.(?:csv|tsv|jsonl|parquet|txt)\b|not installed",
    ),
    told(
        "data.tokenization",
        "not-tensors",
        [
            r"chat[- _]?template|pad(?:ding)?[- _]token|enable (?:padding|truncation)|"
            r"\bno tokens\b|cannot (?:be )?tokeni[sz]ed?\b|out[- ]of[- ]vocabulary|\b(?:user|"
            r"assistant|system) (?:turn|role|message)\b[^\n]{0,40}(?:must|should|expected|first|"
            r"missing)|(?:must|should)[^\n]{0,40}\b(?:user|assistant|system) (?:turn|role|message)",
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
                r"(?:differ|different|unequal|mismatch\w*)[^\n]{0,20}(?:length|len)|length|ragged",
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
                r"\bvs\b|incompatible|\bexpect\w*",
            ),
            r"\b(?:missing|unexpected) keys? in (?:the )?(?:state|checkpoint)|"
            r"\b\d+ ?x ?\d+\b[^\n]{0,40}(?:with|by|and|vs|!=)[^\n]{0,10}\b\d+ ?x ?\d+\b|"
            r"\b(?:lm_head|embed\w*|classifier|vocab|channels|features|"
            r"classes)\b[^\n]{0,40}\d+[^\n]{0,40}\b(?:got|has|but|vs|while)\b[^\n]{0,30}\d+",
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
        [
            both(
                r"\brank ?\d+\b|\branks\b|\bpeers?\b|\bnode[- ]?(?:\w+-)?\d+\b|all-?reduce|"
                r"all-?gather|\bnccl\b|rendezvous|\bcommunicator\b|\bbarrier\b|\bremote rank\b|"
                r"\bmaster (?:node|process)\b",
                r"\blost\b|went away|did not (?:join|answer|respond|arrive)|\bgone\b|unreachable|"
                r"timed? ?out|\bdied\b|\bdead\b|disconnected|dropped out|never (?:joined|came)|"
                r"left|(?:stopped|not) (?:respond|answer)ing|exited|aborted|crashed|"
                r"closed the connection|only \d+ of \d+|\bfailed\b|not reachable",
            )
        ],
    ),
    told(
        "process.timeout",
        "time-limit",
        [
            r"\btime ?-?limit\b|\bwall ?-?(?:clock|time)\b|\bdeadline\b|\bwatchdog\b|"
            r"\btime budget\b|ran out of time",
            both(
                r"\b\d+(?:\.\d+)? ?(?:s|sec|secs|seconds|min|minutes|h|hours)\b",
                r"did not (?:finish|complete|end)|no progress|timed? ?out|took (?:too long|longer|"
                r"more)|exceeded|no heartbeat|no output|no answer|stuck|\bhung\b|hang(?:s|ing)?\b|"
                r"stalled",
            ),
        ],
        unless=r"https?://|connect|download|endpoint|\bserver\b|\bhost\b|database",
    ),
    told(
        "network.unreachable",
        "no-answer",
        [
            both(
                r"https?://|(?<![\w-])(?<![\w-]\.)(?:[\w-]+\.)+(?:co|com|org|net|io|ai|internal|"
                r"local)\b|\bendpoint\b|\bserver\b|\bregistry\b|\bproxy\b|\bhub\b|\bnetwork\b|"
                r"\binternet\b|\bdownload\w*\b|\bupload\w*\b|\bhost\b|\bs3\b|\bremote\b|"
                r"\bconnection\b",
                r"(?:cannot|can't|could not|couldn't|unable to|failed to) (?:be )?(?:reach\w*|"
                r"connect|resolve|contact|download|fetch)|offline|refused|reset|unreachable|"
                r"not (?:responding|answering|reachable)|timed? ?out|did not (?:answer|respond)|"
                r"\bis down\b|failed after \d+|\b(?:429|50[0234])\b|broke(?:n)? off|aborted|"
                r"no route|\bgave up\b",
            ),
            both(
                r"\b(?:dns|ssl|tls|handshake|proxy|certificate|connection|hub|download\w*|"
                r"fetch\w*)\b",
                r"fail\w*|\blost\b|unreachable|refused|closed|dropped|interrupted|gave up|"
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
        [
            r"\b(?:loss|verlust|training|gradients?|grads?|grad(?:ient)? norm|logits?|activations?|"
            r"weights?)\b[^\n]{0,40}"
            r"\b(?:nan|inf(?:inite|inity)?|diverge[ds]?|exploded|overflow\w*|non-?finite)\b"
        ],
    ),
]
