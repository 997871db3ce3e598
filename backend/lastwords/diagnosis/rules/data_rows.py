"""Files and rows of data that lack what the code reads."""

from lastwords.diagnosis.case import Case
from lastwords.diagnosis.rules.advice import Values
from lastwords.diagnosis.rules.named import folder_of
from lastwords.diagnosis.rules.rule import Rule, first_of

_ROW = (
    r"\b(?:row|rec|record|example|ex|sample|item|entry|obj|batch|line|doc|features?|element|datum|"
    r"qa|turn|message|msg|inst|data|dataset|ds|df|frame|raw|pair|it|examples|rows|r|"
    r"x)\s*\[\s*[\"']|\b(?P<each>[a-z])\[\s*[\"'][^\n]{0,200}\bfor (?P=each) in\b|"
    r"\blambda (?P<given>[a-z]):[^\n]{0,200}\b(?P=given)\[\s*[\"']"
)

_OPENED_BY_LIBRARY = (
    r"-packages[\\/][^\n]+"
    r"(?:\n[^\n]*[\\/](?:pathlib(?:[\\/]_local)?|gzip|bz2|lzma|codecs|zipfile)\.py [^\n]+)*\Z"
)
"""A library's own frame is the last, but for the standard library's ways to open a file."""
_NO_READER = (
    r"(?i)[\\/](?:transformers|peft|diffusers|safetensors|huggingface_hub|tokenizers|matplotlib|"
    r"setuptools|triton)[\\/]|cpp_extension|memmap|"
    r" _?(?:save|dump|write|export|copy|move|rename|mkdir|makedirs|to_)\w*$"
)
"""Frames of what opens no data, or opens it in order to write."""
_NUMBER = r"float|int|bool|(?:np|numpy)\.(?:float|int)\d+"


def _of_value(values: Values, case: Case) -> Values:
    """The value that is no number, and where it stands, as far as the message says."""
    named = ("value", "token", "text", "float")
    row = values.get("row") or values.get("position", "")
    return {"value": next(filter(None, map(values.get, named)), ""), "row": row}


RULES = [
    Rule(
        name="other-features",
        cause="data.malformed",
        says=r"number of features in data \((?P<got>\d+)\) is not the same as it was in training "
        r"data \((?P<want>\d+)\)|Feature shape mismatch, expected: (?P<expected>\d+), got "
        r"(?P<given>\d+)|"
        r"\bX has (?P<has>\d+) features, but \w+ is expecting (?P<takes>\d+) features|"
        r"feature_names mismatch|feature names should match those that were passed during fit|"
        r"(?:Pool|dataset) has (?:not enough|fewer|more) (?:numeric )?features|"
        r"Feature names? \S+ (?:is|are) not (?:in|among) (?:the )?(?:model|training)|"
        r"At position \d+ should be feature with name",
        fill=lambda values, case: (
            first_of("got", "given", "has")(values, case)
            | first_of("want", "expected", "takes")(values, case)
        ),
    ),
    Rule(
        name="image-tokens",
        cause="data.malformed",
        says=r"[Ii]mage features and image tokens do not match(?:: tokens: (?P<tokens>\d+), "
        r"features (?P<features>\d+))?|[Mm]ismatch in `?(?:image|video|audio)`? token count|"
        r"[Nn]umber of image (?:tokens|placeholders)[^\n]{0,80}(?:while|but|does not|not equal|"
        r"number of)|[Nn]umber of images[^\n]{0,80}(?:<image>|image tokens?|placeholders?|in the "
        r"text)|(?:video|audio) features and (?:video|audio) tokens do not match|"
        r"number of <image>",
    ),
    Rule(
        name="sampling-rates-differ",
        cause="data.malformed",
        says=r"(?P<got>\d{4,6}) SR doesn't match target (?P<want>\d{4,6}) SR|trained using a "
        r"sampling rate of (?P<trained>\d{4,6})[\s\S]{0,240}?\band not (?P<given>\d{4,6})|"
        r"(?i:sampl(?:e|ing)[ _]?rate)[^\n]{0,60}(?:mismatch|do(?:es)?(?: not|n't) match|differ)",
        fill=lambda values, case: (
            first_of("got", "given")(values, case) | first_of("want", "trained")(values, case)
        ),
    ),
    Rule(
        name="silent-samples-missing",
        cause="data.empty",
        types=r"FileNotFoundError$",
        says=r"[\\/]logs[\\/]+mute[\\/]",
    ),
    Rule(
        name="data-file-missing",
        cause="data.empty",
        types=r"FileNotFoundError$",
        says=r"(?:No such file or directory|Unable to find|does not exist)[^\n]{0,20}?[\s'\"]"
        r"(?![^\s'\"]*(?:conf|cfg|setting|param|args)[^\s'\"/]*\.json\b)"
        r"(?P<file>[^\s'\"]+\.(?:jsonl?|ndjson|csv|tsv|parquet|arrow|txt)(?:\.gz|"
        r"\.zst)?)\b",
        fill=lambda values, case: {"parent_of_file": folder_of(values.get("file") or "")},
    ),
    Rule(
        name="file-that-r-reads-missing",
        cause="data.empty",
        says=r"cannot open (?:compressed )?file '(?P<file>[^'\n]{1,300}\.(?:csv|tsv|txt|dat|rds|"
        r"RDS|RData|rda|parquet|feather|arrow|jsonl?|xlsx?|fst|qs)(?:\.(?:gz|bz2|"
        r"xz))?)'(?:, probable reason|:) '?No such file|'(?P<read>[^'\n]{1,300})' does not exist "
        r"in current working directory",
        fill=lambda values, case: {
            "file": (file := values.get("file") or values.get("read", "")),
            "parent_of_file": folder_of(file),
        },
    ),
    Rule(
        name="files-of-prefix-missing",
        cause="data.empty",
        says=r"files? (?:cannot|can't|could not|can not) be found at (?:the )?(?:path )?prefix "
        r"(?P<prefix>[^\s'\"]{1,300})",
    ),
    Rule(
        name="input-missing",
        cause="data.empty",
        types=r"^FileNotFoundError$",
        says=r"\[Errno 2\][^\n]*: '(?P<file>[^'\n]+)'",
        where=_OPENED_BY_LIBRARY,
        elsewhere=_NO_READER,
        plain=False,
        weak=True,
    ),
    Rule(
        name="no-data-adapter",
        cause="data.malformed",
        says=r"Failed to find data adapter that can handle input: "
        r"(?:\(?<class '(?P<kind>[^'\n]+)'>)?",
    ),
    Rule(
        name="numbers-for-texts",
        cause="data.malformed",
        types=r"^(?:ValueError|TypeError|AttributeError)$",
        says=r"[Uu]nsupported (?:input )?type:? [`'\"<]?(?:class ')?(?P<kind>" + _NUMBER + r")\b"
        r"[^\n]*\bstr\b|"
        r"'(?P<of>" + _NUMBER + r")' object has no attribute '(?:lower|upper|casefold|l?strip|"
        r"rstrip|split|splitlines|replace|startswith|endswith|encode)'|"
        r"expected string or bytes-like object, got '(?P<got>" + _NUMBER + r")'",
        where=r"-packages[\\/][^\n]*(?:\n[^\n]*/re(?:\.py|/__init__\.py) \w+)?\Z",
        fill=lambda values, case: {"kind": next(filter(None, values.values()), "")},
        plain=False,
    ),
    Rule(
        name="row-refused-by-own-check",
        vague=True,
        cause="data.malformed",
        types=r"^(?!(?:\w+\.)*(?:KeyError|TypeError|AttributeError|IndexError|NameError)$)",
        says=r"(?i)\b(?:row|example|record|line|sample|entry|item|document|conversation)s?"
        r"(?: (?:no\.?|number|id|index))? ?[#:=]? ?\d+\b|\.(?:jsonl?|csv|tsv|parquet):\d+|"
        r"\b(?:label|column|field|value) ['\"`\[][^\n]{1,60}?(?:not in|is not|unknown|unexpected|"
        r"has |must|missing|twice|duplicate)",
        unless=r"(?i)\b(?:loss|grad|nan|inf|timed? ?out|memory|tokens?|token_ids?)\b",
        code=r"(?m)^(?:raise|assert)\b(?![\s\S]*\n)",
        plain=False,
        weak=True,
    ),
    Rule(
        name="row-named",
        cause="data.malformed",
        types=r"^(?:\w+\.)*(?!KeyError|TypeError)\w+$|^$",
        plain=True,
        says=r"(?i)\.(?:jsonl|csv|tsv|parquet):\d+\b|\b(?:must|should|has to) be [^\n]{0,80}"
        r"\b(?:row|record|example|line|sample|entry)(?: id)? ?[#:=]? ?\d+\b|"
        r"\b(?:row|record|example|line|sample|entry)(?: id)? ?[#:=]? ?\d+\b[^\n]{0,80}"
        r"(?:must|should|has to) be",
    ),
    Rule(
        name="row-too-short",
        cause="data.malformed",
        types=r"^IndexError$",
        says=r"(?:list|tuple) index out of range",
        code=r"\b(?:row|rec|record|line|fields?|cols?|columns|cells)\[-?[1-9]\d*\]|"
        r"split\([^()\n]{0,40}\)\[-?[1-9]\d*\]",
        plain=False,
        weak=True,
    ),
    Rule(
        name="value-is-no-number",
        over_root=True,
        cause="data.malformed",
        says=r"Bad value for "
        r"num_feature\[(?:\w*doc_idx=(?P<row>\d+),)?feature_idx=(?P<column>\d+)\]=\"(?P<value>[^\""
        r"\n]{0,200})\"|Unknown token (?P<token>\S{1,200}) in data file|(?:[Cc]ould not|"
        r"[Uu]nable to) (?:parse|convert) string [\"'](?P<text>[^\"'\n]{0,200})[\"'] (?:at "
        r"position (?P<position>\d+)|to (?:float|int|numeric))|could not convert string to float: "
        r"['\"](?P<float>[^'\"\n]{0,200})['\"]",
        where=r"catboost|lightgbm|xgboost|sklearn|pandas|numpy/lib",
        fill=_of_value,
        plain=True,
    ),
    Rule(
        name="one-class-only",
        cause="data.malformed",
        says=r"Target contains only one unique value|All train targets are equal|"
        r"(?:data|y_true|y|it) contains? (?:only )?"
        r"(?:one|1) class|Only one class (?:is )?present|at least 2 classes in the data",
    ),
    Rule(
        name="columns-of-other-types",
        cause="data.malformed",
        types=r"^(?:ValueError|TypeError)$",
        says=r"dtypes (?:for data )?must be int, float(?:, |,? or )bool[\s\S]{0,400}?(?:bad pandas "
        r"dtypes|[Ii]nvalid columns): ?(?P<columns>[^\n]{1,200})|Cannot (?:compare|"
        r"cast) object dtype|Did not expect the data types in the following fields: "
        r"(?P<fields>[^\n]{1,200})",
        fill=first_of("columns", "fields"),
    ),
    Rule(
        name="merged-on-other-types",
        cause="data.malformed",
        says=r"You are trying to merge on (?P<types>\S+ and \S+) columns for key "
        r"'(?P<key>[^'\n]+)'",
        plain=False,
    ),
    Rule(
        name="column-missing-in-map",
        cause="data.malformed",
        types=r"^KeyError$",
        says=r"^[\"']?(?P<key>.+?)[\"']?$",
        where=r"[\\/]datasets[\\/]formatting[\\/][^\n]*\Z",
        plain=False,
    ),
    Rule(
        name="column-missing",
        cause="data.malformed",
        types=r"^KeyError$",
        says=r"^[\"']?(?P<key>.+?)[\"']?$",
        code=_ROW,
        plain=False,
        weak=True,
    ),
    Rule(
        name="column-missing-in-table",
        cause="data.malformed",
        types=r"^KeyError$",
        says=r"^[\"']?(?P<key>.+?)[\"']?$",
        where=r"pandas/core|csv\.py|datasets/(?:arrow_dataset|formatting|dataset_dict|features)|"
        r"pyarrow|"
        r" (?:__getitem__|collate\w*|preprocess\w*|tokenize\w*|encode\w*|to_features|format\w*|"
        r"load_(?:rows|data|examples|dataset|jsonl?|csv)\w*|read_(?:rows|data|examples)\w*|"
        r"build_(?:prompt|example|dataset)\w*|_?parse_(?:row|line|record)\w*|render\w*)$",
        plain=False,
        weak=True,
    ),
    Rule(
        name="wrong-kind-of-value",
        cause="data.malformed",
        types=r"^(?:ValueError|TypeError)$",
        says=r"could not convert string to float|invalid literal for int\(\)|(?:string|list|"
        r"tuple) ind(?:ices|ex)[^\n]{0,20} must be integers|is not a valid (?:label|row|example)|"
        r"time data ['\"][^\n]{0,80}['\"] does(?: not|n't) match|Invalid isoformat|must be (?:str|"
        r"a str(?:ing)?)[^\n]{0,30}not (?:NoneType|float|list|int|dict)",
        where=r" (?:__getitem__|collate\w*|\w*preprocess\w*|\w*tokenize\w*|encode\w*|\w*load\w*|"
        r"\w*read\w*|\w*pars\w*|\w*data\w*|\w*rows?|\w*examples?|\w*label\w*|<genexpr>|<listcomp>|"
        r"<module>|main|\w*features?|\w*sample\w*|\w*convert\w*|\w*line\w*|\w*prep\w*|"
        r"\w*to_\w+)(?:\n|$)",
        plain=False,
        weak=True,
    ),
]
