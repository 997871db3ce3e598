"""Files of data that are not in the form that they should have."""

from lastwords.diagnosis.rules.named import folder_of
from lastwords.diagnosis.rules.rule import Rule, first_of

_OF_SETTINGS = r"[\\/](?:omegaconf|hydra|pydantic_settings|jsonargparse)[\\/]"

RULES = [
    Rule(
        name="config-json",
        cause="config.invalid",
        types=r"JSONDecodeError$",
        code=r"(?i)conf|cfg|args\.(?!data|train|file|input)|settings|params|hparams|ds_config|"
        r"deepspeed",
        plain=False,
    ),
    Rule(
        name="config-json-by-its-reader",
        cause="config.invalid",
        types=r"JSONDecodeError$",
        where=r"(?m)^(?!\S*-packages)\S+ \w*(?:[Cc]onfig|cfg|settings|hparams)\w*$",
        elsewhere=r"-packages[\\/](?:transformers|peft|huggingface_hub|diffusers|datasets)[\\/]",
        plain=False,
    ),
    Rule(
        name="fields-of-a-line",
        cause="data.malformed",
        types=r"(?:Parser|Value)Error$",
        says=r"Expected (?P<wanted>\d+) fields in line (?P<row>\d+), saw (?P<saw>\d+)|columns "
        r"changed from (?P<before>\d+) to (?P<got>\d+) at row (?P<line>\d+)",
        fill=lambda values, case: {
            "wanted": values["wanted"] or values["before"],
            "row": values["row"] or values["line"],
            "saw": values["saw"] or values["got"],
        },
        plain=False,
    ),
    Rule(
        name="image-not-read",
        cause="data.empty",
        over_root=True,
        says=r"imread_?\(['\"]?(?P<image>[^'\"\n]{0,300}?)['\"]?\):? can't open/read file|"
        r"can't open/read file: check file path|Assertion failed\) !_?\w*\.empty\(\)",
        plain=True,
        fill=lambda values, case: {"folder_of_image": folder_of(values.get("image", ""))},
    ),
    Rule(
        name="column-not-found",
        cause="data.malformed",
        says=r"unable to find column \"(?P<key>[^\"\n]{1,120})\"(?:; valid columns: "
        r"(?P<columns>\[[^\]\n]{1,600}\]))?|Referenced column \"(?P<referenced>[^\"\n]{1,120})\" "
        r"not found|No match for FieldRef\.Name\((?P<field>[^)\n]{1,120})\)",
        fill=first_of("key", "referenced", "field"),
    ),
    Rule(
        name="columns-of-r-missing",
        cause="data.malformed",
        says=r"undefined columns selected|columns? that do(?:n't|es not|esn't) exist|"
        r"Column `(?P<key>[^`\n]{1,120})` (?:doesn't|does not) exist",
        plain=True,
    ),
    Rule(
        name="bad-bytes",
        cause="data.malformed",
        types=r"^(?:binascii\.Error|struct\.error|_?csv\.Error|zlib\.error|lzma\.LZMAError|"
        r"_lzma\.LZMAError|(?:zipfile\.|^)BadZipFile|tarfile\.\w+Error|gzip\.BadGzipFile|"
        r"pandas\.errors\.\w*(?:Merge|Value|Key|OutOfBounds)\w*|pyarrow\.lib\.Arrow(?:Invalid|"
        r"TypeError|KeyError)|PIL\.UnidentifiedImageError|pandas\.errors\.(?:ParserError|"
        r"DtypeWarning)|fastavro\S*|unicodedata\.\S*|msgpack\.\S*|msgspec\.(?:Decode|"
        r"Validation)Error|orjson\.JSONDecodeError|wave\.Error|soundfile\.\S*|multipart\.\S*|"
        r"marshal\.\S*)$",
        elsewhere=r"torch/serialization|/transformers/|/safetensors/|numpy/lib",
        plain=False,
    ),
    Rule(
        name="pickled-array",
        cause="data.malformed",
        says=r"(?:Object arrays|data which is pickled) cannot be loaded when allow_pickle=False|"
        r"contains pickled \(object\) data",
    ),
    Rule(
        name="cut-off",
        cause="data.malformed",
        says=r"Compressed file ended before|Failed to read all data for array|"
        r"unexpected end of (?:data|archive)|Unexpected EOF in archive|"
        r"stdin: (?:unexpected end of file|not in gzip format)|truncated file: eof|"
        r"[Cc]orrupted record at|file seems not fully written",
        elsewhere=r"torch/serialization|/transformers/|/safetensors/",
    ),
    Rule(
        name="rows-do-not-unpack",
        cause="data.malformed",
        types=r"^ValueError$",
        says=r"(?:not enough|too many) values to unpack",
        code=r"(?i)split|csv|reader|\b(?:row|rows|line|lines|record|records|fields|parts|pairs?|"
        r"cols|columns)\b",
        plain=False,
        weak=True,
    ),
    Rule(
        name="bad-literal",
        cause="data.malformed",
        types=r"^(?:SyntaxError|ValueError)$",
        where=r"/ast\.py (?:literal_eval|parse)",
        plain=False,
    ),
    Rule(
        name="bad-xml",
        cause="data.malformed",
        types=r"(?:^|\.)(?:ParseError|ExpatError|XMLSyntaxError)$",
        plain=False,
    ),
    Rule(
        name="bad-json",
        cause="data.malformed",
        elsewhere=r"/(?:transformers|peft|huggingface_hub|safetensors|"
        r"accelerate)/(?!.*hf_argparser)",
        types=r"JSONDecodeError$",
        plain=False,
    ),
    Rule(
        name="bad-encoding",
        cause="data.malformed",
        says=r"codec can't (?:decode|encode)|invalid (?:start|continuation) byte|"
        r"stream did not contain valid UTF-8|not valid (?:UTF-8|utf-8)|UTF-16 stream does not|"
        r"surrogates not allowed",
    ),
    Rule(
        name="feature-names",
        cause="data.malformed",
        says=r"special JSON characters in feature name|"
        r"feature_names must be string, and may not contain",
    ),
    Rule(
        name="cannot-print",
        over_root=True,
        cause="config.invalid",
        types=r"^UnicodeEncodeError$",
        says=r"'(?:ascii|charmap|latin-1|cp\d+)' codec can't encode",
        plain=False,
    ),
    Rule(
        name="target-not-finite",
        over_root=True,
        cause="data.malformed",
        says=r"\bInput y contains (?:NaN|infinity)|(?i:\b(?:labels?|targets?) (?:column )?"
        r"(?:contains?|has|have) (?:\w+ )?(?:nan|inf)\b|\bnan(?: values?)? in (?:the )?"
        r"(?:labels?|targets?)\b)",
    ),
    Rule(
        name="column-changed-type",
        cause="data.malformed",
        over_root=True,
        says=r"Column\((?P<column>[^)\n]{1,120})\) changed from (?P<old>\w+) to (?P<new>\w+) in "
        r"row (?P<row>\d+)",
    ),
    Rule(
        name="category-is-no-word",
        cause="data.malformed",
        says=r"cat_features must be integer or string",
    ),
    Rule(
        name="nan-in-data",
        cause="data.malformed",
        says=r"\bInput (?:X )?contains (?:NaN|infinity)|Cannot convert non-finite values|"
        r"cannot convert NA to integer|NA/NaN/Inf in (?:foreign function call|'[xy]')|"
        r"Input data contains `|\b[Ll]abels? contains? NaN|^(?:exog|endog) contains inf or nans?|"
        r"missing values in (?:object|the (?:predictor|outcome|data))",
    ),
    Rule(
        name="image-of-other-format",
        over_root=True,
        cause="data.malformed",
        says=r"(?i)\b(?:unknown|unsupported|unrecogni[sz]ed) (?P<kind>image|audio|video) (?:file )?"
        r"(?:format|encoding)\b",
    ),
    Rule(
        name="spacy-annotations",
        over_root=True,
        cause="data.malformed",
        says=r"\[E(?:024|103|973|1010)\] ",
    ),
    Rule(
        name="image-cut-off",
        over_root=True,
        cause="data.malformed",
        says=r"image file is truncated|cannot identify image file|broken (?:data stream|PNG file)|"
        r"(?:Premature end|Corrupt) JPEG|Input .*is not a valid image",
    ),
    Rule(
        name="arrays-of-other-lengths",
        cause="data.malformed",
        says=r"All arrays must be of the same length|Data cardinality is ambiguous|"
        r"inconsistent numbers of samples|Length of (?:values|labels?|weights?|group)\b"
        r"[^\n]{0,40}(?:not match|not (?:the )?same|not equal|differs)|"
        r"differs from the length of #data|size doesn't match data size|"
        r"label and prediction size not match|Invalid size for `\w+`|"
        r"Check failed: [^\n]*(?:num_row|labels?[^\n]*(?:n_samples|[Ss]ize\(\)))",
    ),
    Rule(
        name="no-loss-returned",
        cause="data.malformed",
        says=r"did not return a loss from the inputs",
    ),
    Rule(
        name="bad-table",
        vague=True,
        broad=True,
        cause="data.malformed",
        says=r"No columns in the dataset match|"
        r"Error tokenizing data|NUL byte|embedded null|JSON parse error|line contains NUL|"
        r"field larger than field limit|Expected \d+ (?:fields|columns)[^\n]{0,40}(?:saw|got)|"
        r"column names don't match|Couldn't cast|Could not convert \S+ with type|"
        r"An error occurred while generating the dataset|Failed to (?:load|read|parse) (?:JSON|CSV|"
        r"file|line|row)|Trailing data|Mixing dicts with|Length mismatch: Expected|"
        r"Expected object or value|Invalid comparison|Columns? (?:\[?['\"]?\w+['\"]?\]? )?(?:name "
        r")?[^\n]{0,60}not in the dataset|Usecols do not match|Missing column|not in index|"
        r"are in the \[columns\]|not found in axis|must have the same (?:keys|columns|features)|"
        r"Parquet magic bytes not found|Not an? (?:gzipped|Arrow|Parquet) file|"
        r"new-line character seen in unquoted|unexpected end of data|\bjq: (?:parse )?error\b|"
        r"^parse error: |(?i:(?:missing|has no|without|lacks|no|unknown|required|expected)(?: the|"
        r" a| required| any| mandatory)? (?:key|field|column|feature)s?\b)|(?i:\b(?:key|field|"
        r"column)s? [^\n]{0,60}\b(?:is missing|are missing|not found|does not exist|not present|"
        r"missing))|Column to remove|(?i:malformed|(?:invalid|bad|corrupt|broken|unparse?able|"
        r"unreadable) (?:row|line|record|example|json|csv|data|sample|label|entry))|"
        r"(?i:line \d+[^\n]{0,40}(?:is not valid|not valid json|cannot be parsed|"
        r"is not an? (?:object|dict)))|(?i:neither (?:prompt|messages|instruction|text|"
        r"'\w+')[^\n]{0,60} nor )|(?i:data ?set (?:must|should|needs to) (?:have|contain|include)|"
        r"(?:unknown|unexpected|unrecognized|invalid|illegal) (?:data )?(?:label|class|category|"
        r"target)s?\b)|pandas\.errors\.ParserError|Unable to parse string",
        unless=r"(?i)\.db\b|sqlite|\bstate[_ ]dict\b|\bconfig\w*\b|\bsettings?\b|\boption\b|"
        r"\.ya?ml\b|\.toml\b",
        elsewhere=_OF_SETTINGS,
    ),
    Rule(
        name="label-of-other-type",
        cause="data.malformed",
        says=r"expected (?:scalar type|floating point type for target[^\n]{0,40}) Long but "
        r"(?:found|got)|\"(?:nll_loss|cross_entropy)\w*\" not implemented for|"
        r"Expected floating point type for target|target dtype to be",
    ),
    Rule(
        name="classes-not-from-zero",
        cause="data.malformed",
        says=r"Invalid classes inferred",
    ),
    Rule(
        name="bad-label",
        vague=True,
        broad=True,
        cause="data.malformed",
        says=r"Target -?\d+ is out of bounds|Received a label value of -?\d+ which is outside|"
        r"Class values must be smaller than num_classes|all elements of (?:input|"
        r"target) should be between 0 and 1|y contains previously unseen labels|"
        r"Labels? (?:must|should) be|Classification metrics can't handle|"
        r"Label class \d+ exceeds nc=|number of classes|least populated class|"
        r"not less than the number of label mappings|label must be in \[0|Label should be|"
        r"Check failed: [^\n]*labels?",
    ),
    Rule(
        name="check-of-booster",
        cause="data.malformed",
        unsure=True,
        types=r"(?:XGBoost|LightGBM|CatBoost)Error$",
        says=r"Check failed: (?P<check>[^\n]{1,120}?)(?=: |\.? *$| \\n|\\n)",
        unless=r"(?i)\bcuda|cudaError|out of memory|bad_alloc|Parameter",
        plain=False,
        weak=True,
    ),
]
