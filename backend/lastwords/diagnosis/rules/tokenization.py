"""Text that could not become tensors."""

from lastwords.diagnosis.rules.rule import Rule

RULES = [
    Rule(
        name="no-pad-token",
        cause="data.tokenization",
        title="The tokenizer has no padding token",
        means="Rows of different length were to be padded, and there is nothing to pad with.",
        why="Models trained for text generation (GPT-2, Llama) come without a padding token.",
        todo=(("Set it before tokenizing", "tokenizer.pad_token = tokenizer.eos_token"),),
        source="huggingface.co/docs/transformers/pad_truncation",
        says=r"Asking to pad but the tokenizer does not have a padding token|"
        r"\bno pad(?:ding)? token|does not have a pad(?:ding)? token|pad_token(?:_id)? (?:is|"
        r"must)",
    ),
    Rule(
        name="no-chat-template",
        cause="data.tokenization",
        title="The chat could not be turned into text",
        means="The tokenizer has no chat template, or its template refused the messages.",
        why="A base model without template, or roles in an order that the template forbids.",
        todo=(
            (
                "Use the model's instruct variant, or set a template",
                "tokenizer.chat_template = open('template.jinja').read()",
            ),
            ("Let roles alternate: user, assistant, user …", None),
        ),
        source="huggingface.co/docs/transformers/chat_templating",
        says=r"chat[_ ]template|Conversation roles must alternate|System role not supported|"
        r"roles? must alternate",
    ),
    Rule(
        name="template-error",
        cause="data.tokenization",
        title="The chat could not be turned into text",
        means="The chat template refused the messages.",
        why="Messages lack role or content, or their order is one that the template forbids.",
        todo=(("Look at the first messages", None),),
        source="huggingface.co/docs/transformers/chat_templating",
        types=r"jinja2\.exceptions\.(?:TemplateError|UndefinedError|TemplateSyntaxError)",
        plain=False,
    ),
    Rule(
        name="not-text",
        cause="data.tokenization",
        title="The tokenizer was given something that is not text",
        means="A row holds null, a number or a list where text was expected.",
        why="Missing values in the data (None, NaN) reach the tokenizer.",
        todo=(
            (
                "Drop rows without text",
                "dataset = dataset.filter(lambda row: isinstance(row['text'], str))",
            ),
        ),
        source="huggingface.co/docs/transformers/main_classes/tokenizer",
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
        title="A text is null",
        means="A row holds None (or NaN) where the code expected text.",
        why="Missing values in the data.",
        todo=(("Drop rows without text", "rows = [row for row in rows if row['text']]"),),
        source="huggingface.co/docs/transformers/main_classes/tokenizer",
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
        name="ragged",
        cause="data.tokenization",
        title="Rows of different length cannot be stacked",
        means="A batch holds rows that were neither padded nor cut to one length.",
        why="Padding or truncation is off, or the collator does not pad the labels.",
        todo=(
            ("Pad and cut", "tokenizer(text, padding=True, truncation=True, max_length=384)"),
            ("Or pad each batch, labels too", "DataCollatorForSeq2Seq(tokenizer, model=model)"),
        ),
        source="huggingface.co/docs/transformers/pad_truncation",
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
        title="A token id or position is outside the model's tables",
        means="An embedding was asked for a row that it does not have.",
        why="Tokens were added without resizing the model, the tokenizer belongs to another "
        "model, or a text is longer than the model's positions.",
        todo=(
            ("Resize the embeddings", "model.resize_token_embeddings(len(tokenizer))"),
            ("Cut long texts", "tokenizer(text, truncation=True, max_length=512)"),
        ),
        source="huggingface.co/docs/transformers/main_classes/model",
        says=r"index out of range in self|piece id is out of range|Token id \S+ out of|"
        r"(?:token|input)[ _]ids?[^\n]{0,60}(?:out of range|outside|>= ?vocab|exceed)|"
        r"tried to access (?:token|index)|sequence length[^\n]{0,60}(?:longer|exceeds|greater) "
        r"than|"
        r"out of vocabulary|vocab(?:ulary)? size|OverflowError: out of range integral type "
        r"conversion",
    ),
]
