"""Files and rows of data that lack what the code reads."""

from lastwords.diagnosis.rules.data_empty import data_file
from lastwords.diagnosis.rules.data_files import HEAD
from lastwords.diagnosis.rules.rule import Rule

_ROW = (
    r"\b(?:row|rec|record|example|ex|sample|item|entry|obj|batch|line|doc|features?|element|datum|"
    r"qa|turn|message|msg|inst|data|dataset|ds|df|frame|raw|pair|it|examples|rows|r|x)"
    r"\s*\[\s*[\"']|"
    r"\b(?P<each>[a-z])\[\s*[\"'][^\n]*\bfor (?P=each) in\b|"
    r"\blambda (?P<given>[a-z]):[^\n]*\b(?P=given)\[\s*[\"']"
)

RULES = [
    Rule(
        name="data-file-missing",
        cause="data.empty",
        title="The data file is not there: {file}",
        means="The path that was given does not exist, so there was nothing to train on.",
        why="A wrong path, another working directory, or a step before that wrote nothing.",
        todo=(("See what is there", "ls -la {folder}"), ("See the working directory", "pwd")),
        source="docs.python.org/3/library/exceptions.html#FileNotFoundError",
        types=r"FileNotFoundError$",
        says=r"(?:No such file or directory|Unable to find|does not exist)[^\n]{0,20}?[\s'\"]"
        r"(?![^\s'\"]*(?:conf|cfg|setting|param|args)[^\s'\"/]*\.json\b)"
        r"(?P<file>[^\s'\"]+\.(?:jsonl?|ndjson|csv|tsv|parquet|arrow|txt)(?:\.gz|"
        r"\.zst)?)\b",
        fill=lambda values, case: {
            "folder": (values.get("file") or "").rpartition("/")[0] or ".",
        },
    ),
    Rule(
        name="row-refused-by-own-check",
        cause="data.malformed",
        title="A row of the data is not what the program accepts",
        means="The program's own check names a row and says what is wrong with it.",
        why="A row is cut off, lacks a field, or holds a value that was not expected.",
        todo=(("Look at the row that the message names", None), HEAD),
        source="docs.python.org/3/tutorial/errors.html#raising-exceptions",
        types=r"^(?!(?:\w+\.)*(?:KeyError|TypeError|AttributeError|IndexError|NameError)$)",
        says=r"(?i)\b(?:row|example|record|line|sample|entry|item|document|conversation)s?"
        r"(?: (?:no\.?|number|id|index))? ?[#:=]? ?\d+\b|\.(?:jsonl?|csv|tsv|parquet):\d+|"
        r"\b(?:label|column|field|value) ['\"`\[][^\n]{1,60}?(?:not in|is not|unknown|unexpected|"
        r"has |must|missing|twice|duplicate)",
        unless=r"(?i)\b(?:loss|grad|nan|inf|timed? ?out|memory|tokens?|token_ids?)\b",
        code=r"(?m)^(?:raise|assert)\b(?![\s\S]*\n)",
        plain=False,
        weak=True,
        fill=data_file,
    ),
    Rule(
        name="row-named",
        cause="data.malformed",
        title="A row of the data is not what the program accepts",
        means="The message names a row and what was expected of it.",
        why="A row lacks a field, or holds a value of another kind.",
        todo=(("Look at the row that the message names", None), HEAD),
        source="docs.python.org/3/tutorial/errors.html#raising-exceptions",
        types=r"^(?:\w+\.)*(?!KeyError|TypeError)\w+$|^$",
        plain=True,
        says=r"(?i)\.(?:jsonl|csv|tsv|parquet):\d+\b|\b(?:must|should|has to) be [^\n]{0,80}"
        r"\b(?:row|record|example|line|sample|entry)(?: id)? ?[#:=]? ?\d+\b|"
        r"\b(?:row|record|example|line|sample|entry)(?: id)? ?[#:=]? ?\d+\b[^\n]{0,80}"
        r"(?:must|should|has to) be",
        fill=data_file,
    ),
    Rule(
        name="row-too-short",
        cause="data.malformed",
        title="A row has fewer fields than the code reads",
        means="A field of a row was asked for by its place, and the row is shorter.",
        why="A separator is missing in the line, or the line is empty or a comment.",
        todo=(HEAD,),
        source="docs.python.org/3/library/exceptions.html#IndexError",
        types=r"^IndexError$",
        says=r"(?:list|tuple) index out of range",
        code=r"\b(?:row|rec|record|line|fields?|cols?|columns|cells)\[-?[1-9]\d*\]|"
        r"split\([^()\n]{0,40}\)\[-?[1-9]\d*\]",
        plain=False,
        weak=True,
        fill=data_file,
    ),
    Rule(
        name="column-missing",
        cause="data.malformed",
        title="A row has no {key}",
        means="The code asked a row of the data for a key that it does not have.",
        why="The column has another name, or some rows lack it.",
        todo=(
            ("See the names that there are", "head -n 1 {file}"),
            ("Rename the column in the data, or name the right one in the code", None),
        ),
        source="docs.python.org/3/library/exceptions.html#KeyError",
        types=r"^KeyError$",
        says=r"^[\"']?(?P<key>.+?)[\"']?$",
        code=_ROW,
        plain=False,
        weak=True,
        fill=lambda values, case: data_file(values, case),
    ),
    Rule(
        name="column-missing-in-table",
        cause="data.malformed",
        title="The table has no column {key}",
        means="The code asked the data for a column that it does not have.",
        why="The column has another name, or the separator of the file is another.",
        todo=(("See the names that there are", "head -n 1 {file}"),),
        source="docs.python.org/3/library/exceptions.html#KeyError",
        types=r"^KeyError$",
        says=r"^[\"']?(?P<key>.+?)[\"']?$",
        where=r"pandas/core|csv\.py|datasets/(?:arrow_dataset|formatting|dataset_dict|features)|"
        r"pyarrow|"
        r" (?:__getitem__|collate\w*|preprocess\w*|tokenize\w*|encode\w*|to_features|format\w*|"
        r"load_(?:rows|data|examples|dataset|jsonl?|csv)\w*|read_(?:rows|data|examples)\w*|"
        r"build_(?:prompt|example|dataset)\w*|_?parse_(?:row|line|record)\w*|render\w*)$",
        plain=False,
        weak=True,
        fill=data_file,
    ),
    Rule(
        name="wrong-kind-of-value",
        cause="data.malformed",
        title="A value in the data is not of the kind that the code reads",
        means="A text was read as a number, or a field held another type than expected.",
        why="A header row read as data, an empty field, a list where a text was expected.",
        todo=(HEAD,),
        source="docs.python.org/3/library/functions.html#int",
        types=r"^(?:ValueError|TypeError)$",
        says=r"could not convert string to float|invalid literal for int\(\)|"
        r"(?:string|list|tuple) ind(?:ices|ex)[^\n]{0,20} must be integers|"
        r""
        r"is not a valid (?:label|row|example)|time data '[^']*' does not match|"
        r"Invalid isoformat|must be (?:str|a str(?:ing)?)[^\n]{0,30}not (?:NoneType|float|list|int|"
        r"dict)",
        where=r" (?:__getitem__|collate\w*|\w*preprocess\w*|\w*tokenize\w*|encode\w*|\w*load\w*|"
        r"\w*read\w*|\w*pars\w*|\w*data\w*|\w*rows?|\w*examples?|\w*label\w*|<genexpr>|<listcomp>|"
        r"<module>|main|\w*features?|\w*sample\w*|\w*convert\w*|\w*line\w*|\w*prep\w*|"
        r"\w*to_\w+)(?:\n|$)",
        plain=False,
        weak=True,
        fill=data_file,
    ),
]
