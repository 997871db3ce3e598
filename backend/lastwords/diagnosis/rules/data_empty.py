"""Data sets in which nothing is to be had."""

from lastwords.diagnosis.rules.rule import Rule

_THINGS = (
    r"(?:\w+[ _-]){0,3}?(?:rows?|samples?|examples?|records?|labels?|data|documents?|texts?|pairs?|"
    r"entries|dataset|training data|instances?|tokens?|batches|lines|questions|items|"
    r"conversations?|files?|queries|suggestions|sequences|images|points)"
)

NO_BATCHES = (
    r"stopped: No training batches|"
    r"\b[Tt]rained (?:for|on) (?:0|no) (?:steps|batches|examples|samples)\b|"
    r"\b[Nn]o (?:\w+ )?(?:fold|model|trial|run|epoch|step|member|head)s? (?:was|were) trained\b"
)
"""What is said where a run ended well because there was nothing to do."""

RULES = [
    Rule(name="trained-on-nothing", cause="data.empty", says=NO_BATCHES, tail=True),
    Rule(
        name="labels-not-found",
        cause="data.empty",
        says=r"[Nn]o labels (?:found )?in (?P<cache>\S+\.cache)\b",
    ),
    Rule(
        name="sampler-without-samples",
        cause="data.empty",
        says=r"num_samples should be a positive integer value, but got num_samples=0|"
        r"resulting train set will be empty|No columns to parse from file|"
        r"No \(supported\) data files found|doesn't contain any data files",
    ),
    Rule(
        name="no-valid-rows",
        cause="data.empty",
        says=r"(?i)\b(?:no|find|0|zero|any) (?:valid|usable) (?:training )?(?:samples?|examples?|"
        r"rows?|records?|conversations?)\b",
    ),
    Rule(
        name="empty",
        vague=True,
        broad=True,
        cause="data.empty",
        unless=r"[Nn]o [^\n]{0,200}\.(?:safetensors|gguf|ckpt|pth)\b",
        says=r"\blen\((?:[Dd]ata)?[Ll]oader\) returns 0|must first build (?:the )?vocabulary|"
        r"[Mm]ake sure (?:that )?(?:your|the) dataset is not empty|"
        r"Check failed: \(?num_(?:data|rows?|samples)\)? > \(?0|"
        r"corresponds to no data!|No data left in file|"
        r"[Nn]o objects to concatenate|Please pass `features` or at least one example|"
        r"expected a non-empty (?:list|TensorList)|need at least one array to (?:concatenate|"
        r"stack)|non-empty TensorList|(?:arg|argument|iterable argument) is (?:an )?empty(?: "
        r"sequence)?|Cannot choose from an empty|(?:with|Found array with) (?:n_samples=)?0 "
        r"(?:sample|feature)|does not contain any data|at least one (?:data point|element|sample|"
        r"item|row|example)|single positional indexer is out|with size 0\b|to have non-zero size|"
        r"n_samples=0|There seems to be? ?not? ?(?:to be )?a "
        r"single sample|Expected more than 0|empty vocabulary|zero-size array to reduction|"
        r"cannot reshape tensor of 0 elements|"
        r"operation does not have an identity|(?i:\b(?:no(?! (?:such|longer|answer|response|"
        r"reply))|zero|0|without|without any)(?: usable| valid| more| training| labell?ed| such|"
        r" \w+ed)*"
        r" " + _THINGS + r"\b(?! (?:loss|provided for eval|column|parallel|types? (?:is|are)))"
        r"(?! ?[:=] ?[1-9])[^\n:]{0,60}?(?:found|left|remain|available|in\b|to train|after|matched|"
        r"selected|loaded|provided|given|usable|with|for\b|from|read|at\b|$)|(?:data ?set|data|"
        r"file|table|split|batch|corpus|dataframe|data ?loader|train_dataset|list|input|csv|jsonl?|"
        r"train(?:ing)? (?:set|data|split))\b[^\n]{0,80}?\b(?:is|was|are|seems|appears|has length|"
        r"contains?|has) (?:empty|0\b|zero|no (?:rows|samples|examples|data|records|lines|labels))|"
        r"empty (?:data ?set|data ?frame|training (?:set|data|split)|file|batch|corpus|table|train|"
        r"sequence of)|(?:can(?:not|'t)|could not|unable to|failed to) find (?:any )?"
        + _THINGS
        + r"\b(?! adapter)|"
        r"nothing to (?:train|fine-?tune|learn|fit)|"
        r"(?:train(?:ing)?|validation|test|eval) (?:set|data|split) (?:is )?not found or empty|"
        r"(?:got|loaded|found|read|have|with) (?:only "
        r")?0 "
        + _THINGS
        + r"\b|\b0 (?:rows|samples|examples|records)\b|has no (?:rows|samples|examples|data|"
        r"labels)|not enough (?:data|rows|samples|examples|labels))",
    ),
    Rule(
        name="key-in-table-of-none",
        cause="data.empty",
        says=r"Invalid key: \d+ is out of bounds for size 0",
    ),
    Rule(
        name="divided-by-nothing",
        cause="data.empty",
        types=r"^ZeroDivisionError$",
        code=r"/\s*\(?(?:float\()?(?:len\([^()\n]*\)|(?:num_|n_?)(?:batches|samples|rows|examples|"
        r"seen|items|steps)|batches|seen|total|count|steps)\)*\s*(?:$|[,:})\]])",
        plain=False,
        weak=True,
    ),
    Rule(
        name="no-first-batch",
        cause="data.empty",
        types=r"^StopIteration$",
        code=r"next\([^\n]{0,200}(?:load|batch|data|row|ds\b|train|sample|example|line|read|"
        r"iterator)",
        plain=False,
        weak=True,
    ),
    Rule(
        name="first-row-of-nothing",
        cause="data.empty",
        types=r"^IndexError$",
        says=r"list index out of range|index 0 is out of bounds|single positional indexer",
        code=r"\b(?:rows|data|dataset|examples|samples|records|train\w*|texts|pairs|items|lines|"
        r"ds)\[0\]",
        plain=False,
        weak=True,
    ),
]
