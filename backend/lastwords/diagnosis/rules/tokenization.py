"""Text that could not become tensors."""

from lastwords.diagnosis.rules.rule import Rule

RULES = [
    Rule(
        name="no-pad-token",
        cause="data.tokenization",
        says=r"Asking to pad but the tokenizer does not have a padding token|"
        r"\bno pad(?:ding)? token|does not have a pad(?:ding)? token|pad_token(?:_id)? (?:is|"
        r"must)",
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
        r"must be of type `?(?:str|List\[str\])|PreTokenizedInputSequence|"
        r"You (?:need|have) to specify either `?text|You should supply an encoding|"
        r"argument 'text': |Could not infer dtype of (?:NoneType|dict|str)|too many dimensions "
        r"'str'|"
        r"invalid data type 'str'|found <class '(?:NoneType|str)'>|"
        r"text input must be|Input (?:nan|None) is not valid",
    ),
    Rule(
        name="not-text-here",
        cause="data.tokenization",
        types=r"^(?:AttributeError|TypeError)$",
        says=r"'(?:NoneType|float)' object has no attribute '(?:strip|lower|upper|split|replace|"
        r"encode|"
        r"startswith|endswith|format|join)'|unsupported operand type\(s\) for \+: '(?:NoneType|"
        r"str)' and "
        r"'(?:NoneType|str)'|can only concatenate str \(not \"NoneType\"\)|expected str instance, "
        r"(?:NoneType|float) found|object of type 'NoneType' has no len|expected string or "
        r"bytes-like",
        where=r"token|collat|__getitem__|encode|prompt|text|preprocess|dataset|format|render|batch|"
        r"load",
        plain=False,
        weak=True,
    ),
    Rule(
        name="samples-of-other-shapes",
        cause="data.malformed",
        says=r"stack expects each tensor to be equal size, but got (?P<one>\[\d+(?:, "
        r"\d+){2,}\]) at "
        r"entry \d+ and (?P<other>\[\d+(?:, \d+){2,}\])|"
        r"Cannot batch tensors with different shapes in component \d+\. First element had shape "
        r"(?P<first>\[[\d,]{1,60}\]) and element \d+ had shape (?P<element>\[[\d,]{1,60}\])",
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
        r"equal|"
        r"inhomogeneous shape|activate truncation and/or padding|expected Tensor as element|"
        r"setting an array element with a sequence|All encodings must be|"
        r"only one element tensors can be converted|expected a sequence of integers",
    ),
    Rule(
        name="id-outside-vocabulary",
        cause="data.tokenization",
        says=r"index out of range in self|indices\[[\d, ]+\] = -?\d+ is not in \[0, \d+\)|piece "
        r"id is out of range|Token id \S+ out of|"
        r"(?:token|input)[ _]ids?[^\n]{0,60}(?:out of range|outside|>= ?vocab|exceed)|"
        r"tried to access (?:token|index)|sequence length[^\n]{0,60}(?:longer|exceeds|greater) "
        r"than|"
        r"out of vocabulary|vocab(?:ulary)? size|OverflowError: out of range integral type "
        r"conversion",
    ),
]
