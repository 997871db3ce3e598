"""Models that are missing, guarded, damaged, or do not fit."""

import re

from lastwords.diagnosis.case import Case
from lastwords.diagnosis.rules.advice import Values
from lastwords.diagnosis.rules.named import model_in
from lastwords.diagnosis.rules.rule import Rule, first_of

_OF_URL = re.compile(
    r"https://(?:huggingface|hf)\.co/(?!docs/|settings/|datasets/|spaces/|blog/)"
    r"(?P<model>[\w.-]{1,96}/[\w-][\w.-]{0,94}\w)"
)


def _model_name(values: Values, case: Case) -> Values:
    """The model by any name that the message gives it."""
    found = _OF_URL.search(case.said)
    name = next((value for value in values.values() if value), "")
    if found is None and any(part.said.startswith("'NoneType' object") for part in case.parts):
        found = _OF_URL.search(case.tail_text)  # what was said above the error is its reason
    name = name or (found["model"] if found is not None else "") or model_in(case)
    return {"model": name.strip("'\"`,").rstrip(".,")}


_OFFLINE = (
    r"(?:HF_HUB_OFFLINE|outgoing traffic has been disabled|offline mode is enabled|"
    r"OfflineModeIsEnabled)"
)
_SAVED_MODEL = (
    r"(?i:ckpt|weight|model|\bnet|resnet|best|last|latest|final|epoch|step|lora|state|optim|"
    r"(?<![a-z])ema|pretrain|trained|encoder|decoder|unet|vae|bert|gpt|llama|vit|yolo|sam_|resume|"
    r"generator|discriminator|policy|actor|critic|agent)"
)
"""What the name of a .pt file says where it is a model: such a file may hold any tensor."""
_DATA_FILE = (
    r"(?i:(?:^|[\\/'\"\s])(?![^\\/'\"\s]{0,100}" + _SAVED_MODEL + r")"
    r"[^\\/'\"\s]{0,100}?(?:shard|train|val|test|data|sample|batch|feature|label|token|split|cache)"
    r"[^\\/'\"\s]{0,100}\.(?:pth?|np[yz])|\.(?:jsonl|ndjson|csv|tsv|parquet|arrow))\b(?![\\/])"
)

_PART = (
    r"\.safetensors|\.pth|" + _SAVED_MODEL + r"[\w.-]{0,80}\.pt\b|\.ckpt|\.gguf|\.model|"
    r"checkpoint[\w/.-]*|adapter[\w/.-]*|tokenizer[\w/.-]*|model[\w/.-]*|weights[\w/.-]*|"
    r"trainer_state\.json|optimizer\S*|spiece\S*|vocab\S*|merges\.txt"
)

RULES = [
    Rule(
        name="unknown-model-name",
        cause="model.not_found",
        says=r"Unknown model:? \(?['\"]?(?P<name>[\w./-]+)|"
        r"Invalid model name:? ['\"]?(?P<other>[\w./-]+)",
        fill=lambda values, case: {
            "name": (name := values.get("name") or values.get("other", "")),
            "start": name[:5],
        },
    ),
    Rule(
        name="weights-cut-off",
        over_root=True,
        cause="model.corrupt",
        says=r"truncated file: eof|file signature not found|bad local header|Truncated archive",
        where=r"keras|saving|load_model|load_weights|from_pretrained|load_checkpoint",
        plain=False,
    ),
    Rule(
        name="gated",
        cause="model.gated",
        says=r"(?s)(?:gated repo|Access to model (?P<model>\S+) is restricted)|GatedRepo|"
        r"awaiting a review|You (?:are not in|must be authenticated|need to be authenticated|"
        r"must have access)|is not in the authorized list|401 Client Error(?!.{0,400}Repository "
        r"Not Found)|403 (?:Client Error|Forbidden)|Invalid credentials in Authorization|"
        r"Token is required|LocalTokenNotFound|Invalid user token|accept (?:the|"
        r"its)(?: user)? (?:licen[cs]e|conditions|terms|agreement)|\bprivate or gated\b|"
        r"(?:Unauthorized|Forbidden) for url|requires (?:you to )?(?:log ?in|authenticat)|"
        r"not logged in|you (?:have|need) to (?:log ?in|login)",
        types=r"",
        fill=_model_name,
    ),
    Rule(
        name="gated-type",
        cause="model.gated",
        types=r"GatedRepoError|LocalTokenNotFoundError|DisabledRepoError",
    ),
    Rule(
        name="login-refused",
        cause="model.gated",
        types=r"HfHubHTTPError$|^urllib\.error\.HTTPError$",
        says=r"\b40[13]\b",
    ),
    Rule(
        name="offline-not-cached",
        cause="model.not_found",
        says=_OFFLINE,
        fill=_model_name,
    ),
    Rule(
        name="config-damaged",
        cause="model.corrupt",
        types=r"(?:JSONDecodeError|UnicodeDecodeError|^OSError|^ValueError|^Exception|^KeyError|"
        r"^EOFError|UnpicklingError|^RuntimeError|^TypeError|^AttributeError)$",
        says=r"(?s).*",
        where=r"configuration_utils\.py _?(?:get_config_dict|dict_from_json|_dict_from_json_file)|"
        r"safetensors/\S+ (?:load_file|safe_open)|tokenization_\S+ (?:_from_pretrained|"
        r"from_file)$(?![\s\S])|(?:torch/serialization\.py (?:_legacy_load|_open_zipfile_reader|"
        r"__init__|_load|_is_zipfile))$(?![\s\S])|(?:trainer_callback|"
        r"trainer_state)\.py load_from_json",
        plain=False,
        weak=True,
        fill=_model_name,
    ),
    Rule(
        name="weights-damaged",
        cause="model.corrupt",
        types=r"(?:^|\.)(?:EOFError|UnpicklingError|BadZipFile|SafetensorError)$",
        where=r"torch/serialization|safetensors|numpy/lib|gguf|/transformers/|pickle",
        unless=r"No data left in file|"
        r"Weights only load failed|No such file|os error|Permission|No space",
        plain=False,
        fill=_model_name,
    ),
    Rule(
        name="model-json-damaged",
        cause="model.corrupt",
        types=r"(?:JSONDecodeError|UnicodeDecodeError)$",
        where=r"/(?:transformers|peft|huggingface_hub|safetensors|accelerate|"
        r"sentence_transformers)/",
        elsewhere=r"/datasets/|hf_argparser|commands/",
        plain=False,
        fill=_model_name,
    ),
    Rule(
        name="pickle-of-data-cut-off",
        cause="data.malformed",
        over_root=True,
        types=r"(?:EOFError|UnpicklingError)$",
        says=r"Ran out of input|pickle data was truncated|invalid load key",
        code=r"(?i)^(?![\s\S]*(?:model|ckpt|checkpoint|weight|state|torch))[\s\S]*"
        r"(?:data|feature|rows|sample|cache|vocab|index|split|label|corpus|embed|ids\b)",
        elsewhere=r"torch[\\/]|joblib|numpy|multiprocessing",
        plain=False,
    ),
    Rule(
        name="file-damaged",
        broad=True,
        elsewhere=r"multiprocessing/spawn\.py",
        unless=r"(?i)image file|corrupted record at|parquet|arrow|\.csv|\.tsv|\.jsonl|gzip|"
        r"\.db\b|sqlite",
        over_root=True,
        cause="model.corrupt",
        says=r"Error while deserializing|(?:Header|Metadata)(?:TooLarge|TooSmall|IncompleteBuffer)|"
        r"InvalidHeader|incomplete metadata, file not fully covered|invalid UTF-8 in header|"
        r"PytorchStreamReader|failed finding central directory|invalid load key|"
        r"unexpected EOF, expected|corrupted?\b[^\n]{0,40}(?:file|checkpoint|archive|model|weights|"
        r"record)|Unable to load weights from|(?:file|checkpoint|model|weights|archive|"
        r"shard)\b[^\n]{0,80}(?:is|are|seems?|may be|appears?(?: to be)?) (?:corrupt|truncated|"
        r"damaged|incomplete)|is not a valid JSON file|GGUF magic|invalid magic|not a gguf|"
        r"sentencepiece_processor\.cc|could not parse ModelProto|Error parsing line b|"
        r"(?i:checksum|sha256|hash)[^\n]{0,40}mismatch|"
        r"version https://git-lfs|Ran out of input|pickle data was truncated|"
        r"WeightsUnpickler error:\s+Unsupported operand|EOF while parsing|"
        r"expected value at line \d+ column|storage has wrong byte size|EOF: reading array data|"
        r", got: \"EOF\"|Model format error|Unknown model format|"
        r"file in archive is not in a subdirectory|cannot be loaded[^\n]{0,40}truncated|"
        r"Unexpected end of (?:file|JSON)|tensor data (?:is )?truncated|failed reading (?:zip|"
        r"file)",
        fill=_model_name,
    ),
    Rule(
        name="adapter-not-found",
        cause="model.not_found",
        over_root=True,
        says=r"Can't find '?adapter_config\.json'? at '?(?P<model>[^'\s]+)",
        fill=_model_name,
    ),
    Rule(
        name="checkpoint-not-found",
        cause="model.not_found",
        over_root=True,
        says=r"No valid checkpoint found|Can't find a valid checkpoint at (?P<model>\S+)",
        fill=_model_name,
    ),
    Rule(
        name="folder-taken-for-a-name",
        cause="model.not_found",
        says=r"Repo id must (?:be in the form|use alphanumeric)[^\n]*?: '(?P<given>[^'\n]*[\\/]"
        r"[^'\n]*[\\/][^'\n]*|[.~\\/][^'\n]*)'\.",
    ),
    Rule(
        name="model-not-found",
        broad=True,
        cause="model.not_found",
        says=r"(?P<a>\S+) is not a local folder and is not a valid model|"
        r"Should have a `?model_type`? key in its config|does not appear to have (?:a|"
        r"any) files? named|(?:Repository|Entry|Revision) Not Found|"
        r"Can't load (?:the )?(?:tokenizer|model|configuration|config|feature|processor|"
        r"image)[^\n']{0,30}'(?P<b>[^']+)'|Can't load (?:the )?(?:tokenizer|model|configuration)|"
        r"Repo id must (?:be in the form|use alphanumeric)|Can't find (?:config|'adapter_config|"
        r"weights|a )|no file named \S+(?:,| found)|[Nn]o file (?:with name|called):? "
        r"[^\s,]{1,300}\.(?:safetensors|bin|pth?|ckpt|gguf)\b|No valid checkpoint found|"
        r"Can't find a valid checkpoint|File not found: filepath=|"
        r"Path \S+ (?:to the checkpoint )?does not exist|"
        r"404 (?:Client Error|Not Found)|HTTP Error 404|RepositoryNotFound|(?<![a-z])(?:[Mm]odel|"
        r"[Cc]heckpoint|[Aa]dapter|[Ww]eights|[Tt]okenizer)s?(?![A-Za-z])[^\n]{0,160}?(?:not found|"
        r"does not exist|doesn't exist|is missing|no such file|could not be found|is not there)|"
        r"(?i:no (?:such )?(?:model|checkpoint|adapter|weights|tokenizer)s?\b(?: file| folder|"
        r" named| found|s? in| at|:))|Couldn't instantiate the backend tokenizer|(?:couldn't|"
        r"could not|cannot|can't|unable to|failed to) (?:find|locate|open)[^\n]{0,80}(?:model|"
        r"checkpoint|adapter|weights|safetensors|\.bin\b|\.pt\b|\.ckpt|\.gguf)",
        fill=_model_name,
    ),
    Rule(
        name="model-file-missing",
        plain=True,
        cause="model.not_found",
        types=r"FileNotFoundError$|NotADirectoryError$|^OSError$|HFValidationError|SafetensorError",
        says=r"(?m)^(?>[^\n]*?(?:No such file|not found|does not exist|os error 2))"
        r"[^'\" \n]*+['\" ]"
        rf"(?>(?:(?![^'\"\n]*(?:{_PART}))[^'\"\n]*+['\"])*)(?P<path>[^'\"\n]*(?:{_PART}))|"
        r"(?P<other>(?<!\S)\S+\.(?:safetensors|gguf|pth?|ckpt)|(?<![\w./-])[\w./-]{0,200}(?:model|"
        r"adapter|weights)[\w.-]{0,80}\.bin)[^\n]{0,60}(?:No such|not found|does not exist)",
        unless=_DATA_FILE,
        fill=_model_name,
    ),
    Rule(
        name="native-file-missing",
        cause="model.not_found",
        says=r"No such file or directory|os error 2\b",
        code=r"Tokenizer|from_file|safe_open|load_file|from_pretrained|load_model|load_state_dict|"
        r"checkpoint|PeftModel|SentencePiece|\b(?:model|net|ckpt|weights|state)\w* ?= ?torch\.load",
        unless=_DATA_FILE,
        plain=False,
        fill=_model_name,
    ),
    Rule(
        name="keras-weights-do-not-fit",
        cause="model.shape_mismatch",
        says=r"(?s)objects could not be loaded.{0,600}variable\.shape=|"
        r"Layer count mismatch when loading weights|"
        r"trying to load a weight file containing \d+ layers",
    ),
    Rule(
        name="head-of-other-classes",
        cause="model.shape_mismatch",
        says=r"size mismatch for (?!\S*(?:lm_head|embed|lora_))(?P<layer>(?:\w+\.){0,12}?(?:head|"
        r"heads|fc|cls|classifier|score|class_embed|logits|out_proj|last_linear|"
        r"linear_head)\b[\w.]{0,80}): copying a param with shape "
        r"torch\.Size\(\[(?P<saved>\d+)(?P<rest>(?:, \d+)*)\]\) from checkpoint, the shape in "
        r"current model is torch\.Size\(\[(?!(?P=saved)\b)(?P<built>\d+)(?P=rest)\]\)",
        # Where more than the head differs, it is another model.
        unless=r"size mismatch for (?!\S*(?:head|\bfc\b|cls|classifier|score|class_embed|logits|"
        r"out_proj|last_linear))|size mismatch for \S*(?:lm_head|lora_)",
    ),
    Rule(
        name="optimizer-of-other-parameters",
        cause="model.shape_mismatch",
        says=r"loaded state dict (?:contains a parameter group|"
        r"has a different number of parameter)",
    ),
    Rule(
        name="weights-do-not-fit",
        cause="model.shape_mismatch",
        says=r"(?s)in loading state_dict|size mismatch for|ignore_mismatched_sizes|"
        r"(?:missing|unexpected) key\(?s?\)? in (?:the )?state_dict|"
        r"loaded state dict (?:has|contains)|doesn't match (?:a parameter|the size)",
        unless=r"torch\.Size\(\[0\]\)",
    ),
    Rule(
        name="partitioned-weights",
        over_root=True,
        cause="model.shape_mismatch",
        says=r"torch\.Size\(\[0\]\)",
    ),
    Rule(
        name="dtypes",
        cause="model.shape_mismatch",
        says=r"have the same dtype|mat1 and mat2 must|expected (?:m1 and m2|"
        r"mat1 and mat2) to have the same",
    ),
    Rule(
        name="keras-input-axis",
        cause="model.shape_mismatch",
        says=r"expected axis -?\d+ of input shape to have value (?P<want>\d+),? but received "
        r"input with shape (?P<got>\([^)\n]{1,80}\))",
    ),
    Rule(
        name="flax-parameter-shape",
        cause="model.shape_mismatch",
        says=r"[Ii]nitializer (?:is )?expected to generate shape"
        r"(?: (?P<want>\([^)\n]{1,80}\)) but got shape (?P<got>\([^)\n]{1,80}\)))?",
    ),
    Rule(
        name="number-of-dimensions",
        cause="model.shape_mismatch",
        says=r"[Ee]xpected (?P<want>\d+)-?[dD](?:imensional|im)?\b[^\n]{0,120}\bgot "
        r"(?P<got>\d+)-?[dD](?:imensional|im)?\b",
        fill=lambda values, case: {
            "batch": "1" if int(values["got"]) + 1 == int(values["want"]) else ""
        },
    ),
    Rule(
        name="class-numbers-for-one-hot",
        cause="model.shape_mismatch",
        says=r"target\.shape=\((?:None|\d+), 1\), output\.shape=\((?:None|\d+), (?P<classes>\d+)\)|"
        r"Shapes \((?:None|\d+), 1\) and \((?:None|\d+), (?P<outputs>\d+)\) are incompatible",
        fill=first_of("classes", "outputs"),
    ),
    Rule(
        name="input-smaller-than-kernel",
        cause="model.shape_mismatch",
        says=r"Calculated padded input size per channel: \((?P<got>[\d x]+)\)\. Kernel size: "
        r"\((?P<want>[\d x]+)\)|Kernel size can't be greater than actual input|"
        r"Padding size should be less than the corresponding input dimension|"
        r"Calculated output size: \([^)\n]*\)\. Output size is too small|"
        r"output size (?:is|would be) too small|Negative dimension size caused by subtracting|"
        r"[Cc]omputed output size would be negative|dimensions in the output is <= 0 due to "
        r"downsampling|non-positive output size",
    ),
    Rule(
        name="batch-norm-of-one-value",
        cause="model.shape_mismatch",
        unsure=True,
        says=r"Expected more than 1 (?:value per channel|spatial element) when training",
    ),
    Rule(
        name="size-not-divisible",
        cause="model.shape_mismatch",
        says=r"(?i)\b(?:image|input|height|width|spatial|resolution|patch|frames?|length)\b"
        r"[^\n]{0,160}?\b(?:divisible by|multiple of) (?:the )?(?:patch[ _]size )?\(?(?P<by>\d+)",
        unless=r"(?i)num_heads|batch|heads|gradient|world|parallel",
    ),
    Rule(
        name="logits-and-labels",
        cause="model.shape_mismatch",
        says=r"logits and labels must (?:have the same first dimension|be broadcastable|be same "
        r"size)[^\n]{0,20}?(?:, got )?(?:logits shape |logits_size=)(?P<logits>\[[\d,]+\])[^\n]"
        r"{0,12}(?:labels shape |labels_size=)(?P<labels>\[[\d,]+\])|"
        r"logits and labels must have|"
        r"(?:Expected input batch_size|expected logits)[^\n]{0,20}keras",
    ),
    Rule(
        name="keras-input-shape",
        cause="model.shape_mismatch",
        says=r"Invalid input shape for input[\s\S]{0,300}?Expected shape (?P<want>\([^)\n]*\)), "
        r"but input has incompatible shape (?P<got>\([^)\n]*\))|is incompatible with the layer: "
        r"expected shape=(?P<expected>\([^)\n]*\)), found shape=(?P<found>\([^)\n]*\))|"
        r"expected (?:min_)?ndim=\d+, found ndim=\d+\. Full shape received: "
        r"(?P<full>\([^)\n]*\))",
        fill=lambda values, case: (
            first_of("want", "expected")(values, case)
            | first_of("got", "found", "full")(values, case)
        ),
    ),
    Rule(
        name="shapes",
        broad=True,
        cause="model.shape_mismatch",
        says=r"`target` and `output` must have the same shape|"
        r"Dimensions must be equal|^ERROR: (?:\w+: )*DimensionMismatch\b|"
        r"mat1 and mat2 shapes (?:cannot|must)|size of tensor a \(\d+\) must match|"
        r"shape '.{0,200}' is invalid for input of size|Expected input batch_size \(|"
        r"Sizes of tensors must match|[Tt]arget size \(|Given groups=|[Ee]xpected \d+(?:-?D|D \(|"
        r" dims?|-dim)|doesn't match (?:a parameter|the size|the broadcast)|"
        r"contracting dimensions to have the same shape|got incompatible shapes|normalized_shape|"
        r"could not broadcast input array|cannot copy sequence with size|"
        r"(?<!Feature )shapes? (?:mismatch|"
        r"cannot be)|inconsistent tensor size|could not be broadcast|"
        r"cannot be broadcast|must match the existing size|Given normalized|weight of size \[|"
        r"must match except|batch1 to be|incompatible shapes?|size mismatch|"
        r"einsum\(\)[^\n]{0,120}(?:does not broadcast|size|subscript)|(?<!un)expected (?:input|"
        r"hidden|"
        r"query|key|value|weight|self|mat)[^\n]{0,80}(?:size|dim|shape|got)|"
        r"Expected size for (?:first|the first)|Dimension (?:out of range|mismatch)|"
        r"input\.size\(-1\) must be equal|but got (?:tensor|input|size|shape)[^\n]{0,40}\[|"
        r"loaded state dict (?:has|contains)|number of dims don't match|"
        r"cannot reshape array of size [1-9]|(?<!Feature )shape mismatch|"
        r"[Tt]he (?:shape|size)s? of [^\n]{0,160}(?:must|should|has to|needs to|does not match)|"
        r"last dimension of (?:input|the)|same number of dimensions|mismatch in its core dimension|"
        r"is incompatible with (?:the )?layer\b|[Ii]ncompatible shapes:|"
        r"(?:^|Error: )Shapes \([^\n]{1,80} are incompatible|"
        r"Error when checking (?:model )?(?:input|target): expected|"
        r"Matrix size-incompatible|Input to reshape is a tensor with|ConcatOp : Dim|"
        r"input depth must be evenly divisible|Shape must be rank \d+ but is rank|"
        r"expecting \w* ?dim\w*|"
        r"embedding dimension of|Expected target size|Image size \(|not aligned: |"
        r"self must be a matrix|both arguments to matmul|zip\(\) argument \d is (?:shorter|longer)",
    ),
]
