"""Text that could not become tensors."""

from lastwords.diagnosis.rules.rule import Rule

_SELECTED = r"\b(?:index_select|gather|take_along_dim|scatter\w*|index_add\w*|index_copy_?)\("
"""What reads rows by number and is no embedding."""
_OF_NO_TEXT = (
    r"(?i)\b(?:[a-z\d]+_)*(?:users?|items?|movies?|products?|speakers?|spk|entity|entities|"
    r"relations?|nodes?|atoms?|cats?|categor\w+|genres?|stations?|players?|cluster\w*)"
    r"(?:_?(?:emb\w*|factors?|table|bias))(?:\[[^\]\n]{1,40}\])?\("
)
"""An embedding of things that are numbered, by its name."""

RULES = [
    Rule(
        name="edges-without-nodes",
        cause="data.malformed",
        over_root=True,
        says=r"[Ff]ound (?:negative )?indices in '(?P<edges>\w+)' (?:that are larger than "
        r"(?P<largest>\d+) )?\(got (?P<got>-?\d+)|num_nodes argument [^\n]{0,60}must be larger "
        r"than the max ID in the data, but got (?P<nodes>\d+) and (?P<most>\d+)",
        fill=lambda values, case: {
            "edges": values.get("edges") or "the edges",
            "got": values.get("got") or values.get("most", ""),
        },
    ),
    Rule(
        name="number-outside-table",
        cause="data.malformed",
        says=r"index out of range in self|indices\[[\d, ]+\] = -?\d+ is not in \[0, [1-9]\d*\)",
        code=_OF_NO_TEXT,
        plain=False,
    ),
    Rule(
        name="no-pad-token",
        cause="data.tokenization",
        says=r"Asking to pad but the tokenizer does not have a padding token|"
        r"\bno pad(?:ding)? token|does not have a pad(?:ding)? token|pad_token(?:_id)? (?:is|must)",
    ),
    Rule(
        name="no-chat-template",
        cause="data.tokenization",
        says=r"chat[_ ]template|Conversation roles must alternate|System role not supported|"
        r"roles? must alternate",
    ),
    Rule(
        name="template-error",
        cause="data.tokenization",
        types=r"jinja2\.exceptions\.(?:TemplateError|UndefinedError|TemplateSyntaxError)",
        plain=False,
    ),
    Rule(
        name="not-text",
        cause="data.tokenization",
        says=r"TextEncodeInput must be|TextInputSequence must be|text input must be of type|"
        r"must be of type `?(?:str|List\[str\])|PreTokenizedInputSequence|You (?:need|"
        r"have) to specify either `?text|You should supply an encoding|argument 'text': |"
        r"Could not infer dtype of (?:NoneType|dict|str)|too many dimensions 'str'|"
        r"invalid data type 'str'|found <class '(?:NoneType|str)'>|text input must be|Input (?:nan|"
        r"None) is not valid",
    ),
    Rule(
        name="not-text-here",
        cause="data.tokenization",
        types=r"^(?:AttributeError|TypeError)$",
        says=r"'(?:NoneType|float)' object has no attribute '(?:strip|lower|upper|split|replace|"
        r"encode|startswith|endswith|format|join)'|unsupported operand type\(s\) for \+: "
        r"'(?:NoneType|str)' and '(?:NoneType|str)'|can only concatenate str \(not \"NoneType\"\)|"
        r"expected str instance, (?:NoneType|float) found|object of type 'NoneType' has no len|"
        r"expected string or bytes-like",
        where=r"token|collat|__getitem__|encode|prompt|text|preprocess|dataset|format|render|batch|"
        r"load",
        plain=False,
        weak=True,
    ),
    Rule(
        name="samples-of-other-shapes",
        cause="data.malformed",
        says=r"stack expects each tensor to be equal size, but got "
        r"(?P<one>\[\d+(?:, \d+)+\]|\[\d{5,}\]) at entry \d+ and "
        r"(?P<other>\[\d+(?:, \d+)+\]|\[\d{4,}\])|Cannot batch tensors with different "
        r"shapes in component \d+\. First element had shape (?P<first>\[[\d,]{1,60}\]) and element "
        r"\d+ had shape (?P<element>\[[\d,]{1,60}\])",
        fill=lambda values, case: {
            "one": values.get("one") or values.get("first", ""),
            "other": values.get("other") or values.get("element", ""),
        },
    ),
    Rule(
        name="ragged",
        cause="data.tokenization",
        says=r"Unable to create tensor|expected sequence of length \d+ at dim|"
        r"stack expects each tensor to be equal size|each element in list of batch should be of "
        r"equal|inhomogeneous shape|activate truncation and/or padding|expected Tensor as element|"
        r"setting an array element with a sequence|All encodings must be|"
        r"only one element tensors can be converted|expected a sequence of integers",
    ),
    Rule(
        name="longer-than-model-takes",
        cause="data.tokenization",
        says=r"(?i)\b(?:sequence|labels?|input|text|token)\w*'? (?:sequence )?length (?:of )?\(?"
        r"(?P<got>\d+)\)?[^\n]{0,30}(?:exceeds?|longer than|greater than)[^\n]{0,60}?"
        r"(?P<limit>\d+)",
    ),
    Rule(
        name="id-outside-vocabulary",
        cause="data.tokenization",
        code=rf"^(?![\s\S]*(?:{_SELECTED})[^\n]*\Z)",
        says=r"index out of range in self|indices\[[\d, ]+\] = -?\d+ is not in \[0, [1-9]\d*\)|"
        r"piece id is out of range|Token id \S+ out of|(?:token|"
        r"input)[ _]ids?[^\n]{0,60}(?:out of range|outside|>= ?vocab|exceed)|"
        r"tried to access (?:token|index)|sequence length[^\n]{0,60}(?:longer|exceeds|"
        r"greater) than|out of vocabulary|vocab(?:ulary)? size|OverflowError: out of range "
        r"integral type conversion",
    ),
]
