"""Data that is not there, or is not what the code reads."""

import re

from lastwords.diagnosis.case import Case
from lastwords.diagnosis.rules.configuration import config_file
from lastwords.diagnosis.rules.rule import Rule, Values

_FILE = re.compile(
    r"(?P<file>[\w./~@+-]*[\w-]\.(?:jsonl?|csv|tsv|parquet|arrow|txt|ndjson|xml|gz|zst))\b"
)
_THINGS = (
    r"(?:\w+[ _-]){0,3}?(?:rows?|samples?|examples?|records?|labels?|data|documents?|texts?|pairs?|"
    r"entries|"
    r"dataset|training data|instances?|tokens?|batches|lines|questions|items|conversations?|files?|"
    r"queries|suggestions|sequences|images|points)"
)
_ROW = (
    r"\b(?:row|rec|record|example|ex|sample|item|entry|obj|batch|line|doc|features?|element|datum|"
    r"qa|turn|message|msg|inst|data|dataset|ds|df|frame|raw|pair|it|examples|rows|r|x)"
    r"\s*\[\s*[\"']|"
    r"\b(?P<each>[a-z])\[\s*[\"'][^\n]*\bfor (?P=each) in\b|"
    r"\blambda (?P<given>[a-z]):[^\n]*\b(?P=given)\[\s*[\"']"
)


def _data_file(values: Values, case: Case) -> Values:
    text = "\n".join(part.said for part in case.parts)
    text += "\n" + case.tail_text
    found = _FILE.search(text)
    return {"file": found["file"] if found is not None else ""}


_HEAD = ("Look at the first rows", "head -n 3 {file}")

RULES = [
    Rule(
        name="empty",
        cause="data.empty",
        title="There was nothing to train on",
        means="The data set, file or batch that the training was given holds no usable row.",
        why="The query or filter matched nothing, the file is empty, or all rows were skipped.",
        todo=(("Count what there is", "wc -l {file}"), ("See what a filter or split leaves", None)),
        source="pytorch.org/docs/stable/data.html#torch.utils.data.RandomSampler",
        says=r"num_samples should be a positive integer value, but got num_samples=0|"
        r"No columns to parse from file|corresponds to no data!|No data left in file|"
        r"[Nn]o objects to concatenate|"
        r"Please pass `features` or at least one example|"
        r"expected a non-empty (?:list|TensorList)|need at least one array to (?:concatenate|"
        r"stack)|"
        r"non-empty TensorList|(?:arg|argument|iterable argument) is (?:an )?empty(?: sequence)?|"
        r"Cannot choose from an empty|(?:with|Found array with) (?:n_samples=)?0 (?:sample|"
        r"feature)|"
        r"does not contain any data|at least one (?:data point|element|sample|item|row|example)|"
        r"single positional indexer is out|with size 0\b|to have non-zero size|"
        r"n_samples=0|resulting train set will be empty|There seems to be? ?not? ?(?:to be )?a "
        r"single sample|"
        r"Expected more than 0|empty vocabulary|zero-size array to reduction|"
        r"No \(supported\) data files found|cannot reshape tensor of 0 elements|"
        r"operation does not have an identity|(?i:"
        r"\b(?:no(?! such)|zero|0|without|without any)(?: usable| valid| more| training| labell?ed|"
        r" such| "
        r"\w+ed)*"
        r" " + _THINGS + r"\b(?! (?:loss|provided for eval|column|parallel|types? (?:is|are)))"
        r"(?! ?[:=] ?[1-9])[^\n:]{0,60}?"
        r"(?:found|left|remain|available|in\b|to train|after|matched|selected|loaded|provided|"
        r"given|"
        r"usable|with|for\b|from|read|at\b|$)|"
        r"(?:data ?set|data|file|table|split|batch|corpus|dataframe|data ?loader|train_dataset|"
        r"list|"
        r"input|csv|jsonl?|train(?:ing)? (?:set|data|split))\b[^\n]{0,80}?\b(?:is|was|are|seems|"
        r"appears|has length|contains?|has) "
        r"(?:empty|0\b|zero|no (?:rows|samples|examples|data|records|lines|labels))|"
        r"empty (?:data ?set|data ?frame|training (?:set|data|split)|file|batch|corpus|table|train|"
        r"sequence of)|"
        r"nothing to (?:train|fine-?tune|learn|fit)|(?:got|loaded|found|read|have|with) (?:only "
        r")?0 "
        + _THINGS
        + r"\b|\b0 (?:rows|samples|examples|records)\b|has no (?:rows|samples|examples|data|"
        r"labels)|"
        r"not enough (?:data|rows|samples|examples|labels))",
        fill=_data_file,
    ),
    Rule(
        name="divided-by-nothing",
        cause="data.empty",
        title="There was nothing to average over",
        means="A mean was taken over a length of zero.",
        why="The data set or loader held nothing, so no batch was ever seen.",
        todo=(("Print the length of the data set before the loop", None),),
        source="docs.python.org/3/library/exceptions.html#ZeroDivisionError",
        types=r"^ZeroDivisionError$",
        code=r"/\s*\(?(?:float\()?(?:len\([^()\n]*\)|(?:num_|n_?)(?:batches|samples|rows|examples|"
        r"seen|items|steps)|batches|seen|total|count|steps)\)*\s*(?:$|[,:})\]])",
        plain=False,
        weak=True,
    ),
    Rule(
        name="no-first-batch",
        cause="data.empty",
        title="There was no first batch",
        means="The loader was asked for its first batch and had none.",
        why="The data set is empty, or smaller than a batch with drop_last.",
        todo=(("Print the length of the data set and of the loader", None),),
        source="pytorch.org/docs/stable/data.html",
        types=r"^StopIteration$",
        code=r"next\([^\n]*(?:load|batch|data|row|ds\b|train|sample|example|line|read|iterator)",
        plain=False,
        weak=True,
    ),
    Rule(
        name="first-row-of-nothing",
        cause="data.empty",
        title="There was no first row",
        means="The first row of a list was asked for, and the list is empty.",
        why="The file or query gave no rows.",
        todo=(("Count what there is", "wc -l {file}"),),
        source="docs.python.org/3/library/exceptions.html#IndexError",
        types=r"^IndexError$",
        says=r"list index out of range|index 0 is out of bounds|single positional indexer",
        code=r"\b(?:rows|data|dataset|examples|samples|records|train\w*|texts|pairs|items|lines|"
        r"ds)\[0\]",
        plain=False,
        weak=True,
        fill=_data_file,
    ),
    Rule(
        name="config-json",
        cause="config.invalid",
        title="The configuration file cannot be read",
        means="A configuration file does not follow its format.",
        why="A comma, quote, bracket or indent is wrong in it.",
        todo=(
            ("Let a parser name the place", "python -m json.tool {json}"),
            ("Correct the place that the message names", None),
        ),
        fill=config_file,
        source="docs.python.org/3/library/json.html",
        types=r"JSONDecodeError$",
        code=r"(?i)conf|cfg|args\.(?!data|train|file|input)|settings|params|hparams|ds_config|"
        r"deepspeed",
        plain=False,
    ),
    Rule(
        name="bad-bytes",
        cause="data.malformed",
        title="A file or field is not in the format that it is read as",
        means="A decoder for this format refused the bytes.",
        why="The file was cut off, is of another format, or a field holds something else.",
        todo=(("See what kind of file it is", "file {file}"), _HEAD),
        source="docs.python.org/3/library/binary.html",
        types=r"^(?:binascii\.Error|struct\.error|_?csv\.Error|zlib\.error|lzma\.LZMAError|"
        r"_lzma\.LZMAError|"
        r"zipfile\.BadZipFile|tarfile\.\w+Error|gzip\.BadGzipFile|pandas\.errors\.\w*(?:Merge|"
        r"Value|Key|OutOfBounds)\w*|pyarrow\.lib\.Arrow(?:Invalid|"
        r"TypeError|"
        r"KeyError)|PIL\.UnidentifiedImageError|pandas\.errors\.(?:ParserError|DtypeWarning)|"
        r"fastavro\S*|unicodedata\.\S*|msgpack\.\S*|msgspec\.(?:Decode|Validation)Error|"
        r"orjson\.JSONDecodeError|wave\.Error|soundfile\.\S*|multipart\.\S*|marshal\.\S*)$",
        elsewhere=r"torch/serialization|/transformers/|/safetensors/|numpy/lib",
        plain=False,
        fill=_data_file,
    ),
    Rule(
        name="cut-off",
        cause="data.malformed",
        title="A file of data ends too early",
        means="The file holds less than its beginning announces.",
        why="A download or copy broke off, or the disk was full while it was written.",
        todo=(("See its size, and make it again", "ls -lL {file}"),),
        source="docs.python.org/3/library/gzip.html",
        says=r"Compressed file ended before|Failed to read all data for array|"
        r"unexpected end of (?:data|archive)|file seems not fully written",
        elsewhere=r"torch/serialization|/transformers/|/safetensors/",
        fill=_data_file,
    ),
    Rule(
        name="rows-do-not-unpack",
        cause="data.malformed",
        title="A row has more or fewer fields than the code takes",
        means="A line was split into another number of fields than the code names.",
        why="A separator is missing in the line, or stands inside a text.",
        todo=(_HEAD,),
        source="docs.python.org/3/reference/simple_stmts.html#assignment-statements",
        types=r"^ValueError$",
        says=r"(?:not enough|too many) values to unpack",
        code=r"(?i)split|csv|reader|\b(?:row|rows|line|lines|record|records|fields|parts|pairs?|"
        r"cols|columns)\b",
        plain=False,
        weak=True,
        fill=_data_file,
    ),
    Rule(
        name="bad-literal",
        cause="data.malformed",
        title="A row is not a valid Python literal",
        means="The parser stopped at the place that the message names.",
        why="A row was cut off, or holds something else than a literal.",
        todo=(_HEAD,),
        source="docs.python.org/3/library/ast.html#ast.literal_eval",
        types=r"^(?:SyntaxError|ValueError)$",
        where=r"/ast\.py (?:literal_eval|parse)",
        plain=False,
        fill=_data_file,
    ),
    Rule(
        name="bad-xml",
        cause="data.malformed",
        title="The file is not valid XML",
        means="The parser stopped at the place that the message names.",
        why="The file was cut off, or is not XML.",
        todo=(("Let a parser name the place", "xmllint --noout {file}"),),
        source="docs.python.org/3/library/xml.etree.elementtree.html",
        types=r"(?:^|\.)(?:ParseError|ExpatError|XMLSyntaxError)$",
        plain=False,
        fill=_data_file,
    ),
    Rule(
        name="bad-json",
        cause="data.malformed",
        title="A row is not valid JSON",
        means="The parser stopped at the place that the message names.",
        why="A row was cut off, holds a stray quote or comma, or is not JSON at all.",
        todo=(
            (
                "Find the rows that are not JSON",
                'python -c "import json,sys\nfor n,l in enumerate(open(sys.argv[1]),1):\n try: '
                'json.loads(l)\n except ValueError as e: print(n, e)" {file}',
            ),
            _HEAD,
        ),
        source="docs.python.org/3/library/json.html#json.JSONDecodeError",
        elsewhere=r"/(?:transformers|peft|huggingface_hub|safetensors|"
        r"accelerate)/(?!.*hf_argparser)",
        types=r"JSONDecodeError$",
        plain=False,
        fill=_data_file,
    ),
    Rule(
        name="bad-encoding",
        cause="data.malformed",
        title="The data is not UTF-8 text",
        means="A byte does not fit the encoding that the file was opened with.",
        why="The file was written in another encoding, or is compressed or binary.",
        todo=(
            ("See what it is", "file {file}"),
            ("Turn it into UTF-8", "iconv -f WINDOWS-1252 -t UTF-8 {file} > utf8.txt"),
        ),
        source="docs.python.org/3/library/exceptions.html#UnicodeDecodeError",
        says=r"codec can't (?:decode|encode)|invalid (?:start|continuation) byte|"
        r"stream did not contain valid UTF-8|not valid (?:UTF-8|utf-8)|UTF-16 stream does not|"
        r"surrogates not allowed",
        fill=_data_file,
    ),
    Rule(
        name="bad-table",
        cause="data.malformed",
        title="The file's rows do not have the form that the code reads",
        means="A reader found a row with other columns, types or quotes than the rest.",
        why="A separator or quote inside a text, a cut-off row, or rows of different kinds.",
        todo=(_HEAD,),
        source="pandas.pydata.org/docs/reference/api/pandas.errors.ParserError.html",
        says=r"did not return a loss from the inputs|Cannot convert non-finite values|"
        r"\bInput (?:X |y )?contains (?:NaN|infinity)|"
        r"No columns in the dataset match|"
        r"Error tokenizing data|NUL byte|embedded null|JSON parse error|line contains NUL|"
        r"field larger than field "
        r"limit|"
        r"Expected \d+ (?:fields|columns)[^\n]{0,40}(?:saw|got)|column names don't match|"
        r"Couldn't cast|Could not convert \S+ with type|An error occurred while generating the "
        r"dataset|"
        r"Failed to (?:load|read|parse) (?:JSON|CSV|file|line|row)|Trailing data|Mixing dicts with|"
        r"All arrays must be of the same length|Length mismatch: Expected|"
        r"Expected object or value|Invalid comparison|Columns? (?:\[?['\"]?\w+['\"]?\]? )?(?:name "
        r")?"
        r"[^\n]{0,60}not in the dataset|"
        r"Usecols do not match|Missing column|not in index|are in the \[columns\]|"
        r"must have the same (?:keys|columns|features)|Parquet magic bytes not found|"
        r"Not an? (?:gzipped|Arrow|Parquet) file|new-line character seen in unquoted|"
        r"unexpected end of data|\bjq: (?:parse )?error\b|^parse error: |"
        r"(?i:(?:missing|has no|without|lacks|no|unknown|required|expected)"
        r"(?: the| a| required| any| mandatory)? "
        r"(?:key|field|column|feature)s?\b)|(?i:\b(?:key|field|column)s? [^\n]{0,60}\b(?:is "
        r"missing|"
        r"are missing|not found|does not exist|not present|missing))|"
        r"Column to remove|(?i:malformed|(?:invalid|bad|corrupt|broken|unparse?able|unreadable) "
        r"(?:row|line|record|example|json|csv|data|sample|label|entry))|(?i:line \d+[^\n]{0,40}"
        r"(?:is not valid|not valid json|cannot be parsed|is not an? (?:object|dict)))|"
        r"(?i:neither (?:prompt|messages|instruction|text|'\w+')[^\n]{0,60} nor )|"
        r"(?i:data ?set (?:must|should|needs to) (?:have|contain|include)|"
        r"(?:unknown|unexpected|unrecognized|invalid|illegal) (?:data )?(?:label|class|category|"
        r"target)s?\b)|"
        r"pandas\.errors\.ParserError|Unable to parse string",
        unless=r"(?i)\.db\b|sqlite|\bstate[_ ]dict\b|\bconfig\w*\b|\bsettings?\b|\boption\b|"
        r"\.ya?ml\b|\.toml\b",
        fill=_data_file,
    ),
    Rule(
        name="bad-label",
        cause="data.malformed",
        title="A label is outside the classes that the model has",
        means="The loss was given a class number that the model's output does not have.",
        why="Labels are counted from 1, there are more of them than num_labels, or -1 is used.",
        todo=(("Set num_labels to one more than the largest label, and count from 0", None),),
        source="pytorch.org/docs/stable/generated/torch.nn.CrossEntropyLoss.html",
        says=r"Target -?\d+ is out of bounds|Class values must be smaller than num_classes|"
        r"all elements of (?:input|target) should be between 0 and 1|"
        r"not implemented for '(?:Float|Double|Int|Long|Half|Char|Byte|Bool)'(?<=nll)|"
        r"\"(?:nll_loss|cross_entropy)\w*\" not implemented for|"
        r"expected (?:scalar type|floating point type for target[^\n]{0,40}) Long but (?:found|"
        r"got)|"
        r"Expected floating point type for target|y contains previously unseen labels|"
        r"target dtype to be|"
        r"Labels? (?:must|should) be|Classification metrics can't handle|"
        r"number of classes|least populated class|Invalid classes inferred",
    ),
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
        todo=(("Look at the row that the message names", None), _HEAD),
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
        fill=_data_file,
    ),
    Rule(
        name="row-named",
        cause="data.malformed",
        title="A row of the data is not what the program accepts",
        means="The message names a row and what was expected of it.",
        why="A row lacks a field, or holds a value of another kind.",
        todo=(("Look at the row that the message names", None), _HEAD),
        source="docs.python.org/3/tutorial/errors.html#raising-exceptions",
        types=r"^(?:\w+\.)*(?!KeyError|TypeError)\w+$|^$",
        plain=True,
        says=r"(?i)\.(?:jsonl|csv|tsv|parquet):\d+\b|\b(?:must|should|has to) be [^\n]{0,80}"
        r"\b(?:row|record|example|line|sample|entry)(?: id)? ?[#:=]? ?\d+\b|"
        r"\b(?:row|record|example|line|sample|entry)(?: id)? ?[#:=]? ?\d+\b[^\n]{0,80}"
        r"(?:must|should|has to) be",
        fill=_data_file,
    ),
    Rule(
        name="row-too-short",
        cause="data.malformed",
        title="A row has fewer fields than the code reads",
        means="A field of a row was asked for by its place, and the row is shorter.",
        why="A separator is missing in the line, or the line is empty or a comment.",
        todo=(_HEAD,),
        source="docs.python.org/3/library/exceptions.html#IndexError",
        types=r"^IndexError$",
        says=r"(?:list|tuple) index out of range",
        code=r"\b(?:row|rec|record|line|fields?|cols?|columns|cells)\[-?[1-9]\d*\]|"
        r"split\([^()\n]{0,40}\)\[-?[1-9]\d*\]",
        plain=False,
        weak=True,
        fill=_data_file,
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
        fill=lambda values, case: _data_file(values, case),
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
        fill=_data_file,
    ),
    Rule(
        name="wrong-kind-of-value",
        cause="data.malformed",
        title="A value in the data is not of the kind that the code reads",
        means="A text was read as a number, or a field held another type than expected.",
        why="A header row read as data, an empty field, a list where a text was expected.",
        todo=(_HEAD,),
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
        fill=_data_file,
    ),
]
