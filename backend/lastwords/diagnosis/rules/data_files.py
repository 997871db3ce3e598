"""Files of data that are not in the form that they should have."""

from lastwords.diagnosis.rules.configuration import config_file
from lastwords.diagnosis.rules.data_empty import data_file
from lastwords.diagnosis.rules.rule import Rule

HEAD = ("Look at the first rows", "head -n 3 {file}")

RULES = [
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
        todo=(("See what kind of file it is", "file {file}"), HEAD),
        source="docs.python.org/3/library/binary.html",
        types=r"^(?:binascii\.Error|struct\.error|_?csv\.Error|zlib\.error|lzma\.LZMAError|"
        r"_lzma\.LZMAError|"
        r"(?:zipfile\.|^)BadZipFile|tarfile\.\w+Error|gzip\.BadGzipFile|pandas\.errors\.\w*(?:Merge|"
        r"Value|Key|OutOfBounds)\w*|pyarrow\.lib\.Arrow(?:Invalid|"
        r"TypeError|"
        r"KeyError)|PIL\.UnidentifiedImageError|pandas\.errors\.(?:ParserError|DtypeWarning)|"
        r"fastavro\S*|unicodedata\.\S*|msgpack\.\S*|msgspec\.(?:Decode|Validation)Error|"
        r"orjson\.JSONDecodeError|wave\.Error|soundfile\.\S*|multipart\.\S*|marshal\.\S*)$",
        elsewhere=r"torch/serialization|/transformers/|/safetensors/|numpy/lib",
        plain=False,
        fill=data_file,
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
        r"unexpected end of (?:data|archive)|Unexpected EOF in archive|"
        r"stdin: (?:unexpected end of file|not in gzip format)|truncated file: eof|"
        r"[Cc]orrupted record at|file seems not fully written",
        elsewhere=r"torch/serialization|/transformers/|/safetensors/",
        fill=data_file,
    ),
    Rule(
        name="rows-do-not-unpack",
        cause="data.malformed",
        title="A row has more or fewer fields than the code takes",
        means="A line was split into another number of fields than the code names.",
        why="A separator is missing in the line, or stands inside a text.",
        todo=(HEAD,),
        source="docs.python.org/3/reference/simple_stmts.html#assignment-statements",
        types=r"^ValueError$",
        says=r"(?:not enough|too many) values to unpack",
        code=r"(?i)split|csv|reader|\b(?:row|rows|line|lines|record|records|fields|parts|pairs?|"
        r"cols|columns)\b",
        plain=False,
        weak=True,
        fill=data_file,
    ),
    Rule(
        name="bad-literal",
        cause="data.malformed",
        title="A row is not a valid Python literal",
        means="The parser stopped at the place that the message names.",
        why="A row was cut off, or holds something else than a literal.",
        todo=(HEAD,),
        source="docs.python.org/3/library/ast.html#ast.literal_eval",
        types=r"^(?:SyntaxError|ValueError)$",
        where=r"/ast\.py (?:literal_eval|parse)",
        plain=False,
        fill=data_file,
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
        fill=data_file,
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
            HEAD,
        ),
        source="docs.python.org/3/library/json.html#json.JSONDecodeError",
        elsewhere=r"/(?:transformers|peft|huggingface_hub|safetensors|"
        r"accelerate)/(?!.*hf_argparser)",
        types=r"JSONDecodeError$",
        plain=False,
        fill=data_file,
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
        fill=data_file,
    ),
    Rule(
        name="bad-table",
        cause="data.malformed",
        title="The file's rows do not have the form that the code reads",
        means="A reader found a row with other columns, types or quotes than the rest.",
        why="A separator or quote inside a text, a cut-off row, or rows of different kinds.",
        todo=(HEAD,),
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
        fill=data_file,
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
]
