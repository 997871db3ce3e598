"""Models that are missing, guarded, damaged, or do not fit."""

import re

from lastwords.diagnosis.case import Case
from lastwords.diagnosis.rules.disk import path_of
from lastwords.diagnosis.rules.rule import Rule, Values

_LOADED = re.compile(r"from_pretrained\(\s*[furb]*['\"](?P<model>[\w./-]+)['\"]")


def base_model(case: Case) -> str:
    """The model that the run was given, or that its code names; empty where neither does."""
    given = str(case.ending.facts.get("baseModel") or "")
    sources = (source for part in case.parts for source in part.sources)
    found = (match["model"] for source in sources if (match := _LOADED.search(source)))
    return given or next(found, "")


def _model_name(values: Values, case: Case) -> Values:
    name = next((value for value in values.values() if value), "")
    name = name or base_model(case)
    return {"model": name.strip("'\"`.,")} | path_of(values, case)


_OFFLINE = (
    r"(?:HF_HUB_OFFLINE|outgoing traffic has been disabled|offline mode is enabled|"
    r"OfflineModeIsEnabled)"
)

RULES = [
    Rule(
        name="gated",
        cause="model.gated",
        title="The model needs a login or an accepted licence",
        means="The hub knows the model and refused to give it to this user.",
        why="No token, a token without the right, or the licence was not accepted on its page.",
        todo=(
            ("Accept the licence on its page, https://huggingface.co/{model}", None),
            ("Log in", "hf auth login"),
            ("Or give the token, which is asked for", "read -rs HF_TOKEN && export HF_TOKEN"),
        ),
        source="huggingface.co/docs/hub/models-gated",
        says=r"(?s)(?:gated repo|Access to model (?P<model>\S+) is restricted)|GatedRepo|awaiting "
        r"a review|"
        r"You (?:are not in|must be authenticated|need to be authenticated|must have access)|"
        r"is not in the authorized list|401 Client Error(?!.{0,400}Repository Not Found)|"
        r"403 (?:Client Error|Forbidden)|Invalid credentials in Authorization|"
        r"Token is required|LocalTokenNotFound|Invalid user token|accept (?:the|its) (?:licen[cs]e|"
        r"conditions)|"
        r"(?:Unauthorized|Forbidden) for url|"
        r"requires (?:you to )?(?:log ?in|authenticat)|not logged in|you (?:have|need) to (?:log "
        r"?in|login)",
        types=r"",
        fill=_model_name,
    ),
    Rule(
        name="gated-type",
        cause="model.gated",
        title="The model needs a login or an accepted licence",
        means="The hub knows the model and refused to give it to this user.",
        why="No token, a token without the right, or the licence was not accepted on its page.",
        todo=(
            ("Log in", "hf auth login"),
            ("Or give the token", "read -rs HF_TOKEN && export HF_TOKEN"),
        ),
        source="huggingface.co/docs/hub/models-gated",
        types=r"GatedRepoError|LocalTokenNotFoundError|DisabledRepoError",
    ),
    Rule(
        name="login-refused",
        cause="model.gated",
        title="The server refused the login",
        means="It did not accept the token, or the token does not give the right that is needed.",
        why="The token is wrong, expired, or lacks the right to read this model.",
        todo=(("See who the token belongs to", "hf auth whoami"), ("Log in", "hf auth login")),
        source="huggingface.co/docs/hub/security-tokens",
        types=r"HfHubHTTPError$|^urllib\.error\.HTTPError$",
        says=r"\b40[13]\b",
    ),
    Rule(
        name="offline-not-cached",
        cause="model.not_found",
        title="The model is not in the local cache, and downloads are off",
        means="HF_HUB_OFFLINE is set, and the cache does not hold this model.",
        why="It was never downloaded into this cache, or HF_HOME points to another one.",
        todo=(
            ("See what the cache holds", "hf cache ls; echo $HF_HOME"),
            ("Download it once", "HF_HUB_OFFLINE=0 hf download {model}"),
        ),
        source="huggingface.co/docs/huggingface_hub/package_reference/environment_variables",
        says=_OFFLINE,
        fill=_model_name,
    ),
    Rule(
        name="config-damaged",
        cause="model.corrupt",
        title="A file of the model is damaged",
        means="A file of the model is not what its name says: cut off, garbled, or a pointer.",
        why="A download or copy broke off, the disk was full, or Git LFS left a pointer file.",
        todo=(
            ("Compare sizes with the model's page", "ls -lL {folder}"),
            ("Download it again", "hf download {model} --force-download"),
        ),
        source="huggingface.co/docs/safetensors",
        types=r"(?:JSONDecodeError|UnicodeDecodeError|^OSError|^ValueError|^Exception|^KeyError|"
        r"^EOFError|"
        r"UnpicklingError|^RuntimeError|^TypeError|^AttributeError)$",
        says=r"(?s).*",
        where=r"configuration_utils\.py _?(?:get_config_dict|dict_from_json|_dict_from_json_file)|"
        r"safetensors/\S+ (?:load_file|safe_open)|"
        r"tokenization_\S+ (?:_from_pretrained|from_file)$(?![\s\S])|"
        r"(?:torch/serialization\.py (?:_legacy_load|_open_zipfile_reader|__init__|_load|"
        r"_is_zipfile))$(?![\s\S])|"
        r"(?:trainer_callback|trainer_state)\.py load_from_json",
        plain=False,
        weak=True,
        fill=_model_name,
    ),
    Rule(
        name="weights-damaged",
        cause="model.corrupt",
        title="A file of weights is damaged",
        means="The file ends too early, or is not what its name says.",
        why="A download or copy broke off, or the disk was full while it was saved.",
        todo=(("See its size", "ls -lL {folder}"), ("Download or save it again", None)),
        source="pytorch.org/docs/stable/generated/torch.load.html",
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
        title="A file of the model is damaged",
        means="A JSON file of the model, tokenizer, adapter or checkpoint cannot be read.",
        why="A download or copy broke off, or the disk was full while it was saved.",
        todo=(
            ("Compare sizes with the model's page", "ls -lL {folder}"),
            ("Download it again", "hf download {model} --force-download"),
        ),
        source="huggingface.co/docs/transformers/main_classes/configuration",
        types=r"(?:JSONDecodeError|UnicodeDecodeError)$",
        where=r"/(?:transformers|peft|huggingface_hub|safetensors|accelerate|"
        r"sentence_transformers)/",
        elsewhere=r"/datasets/|hf_argparser|commands/",
        plain=False,
        fill=_model_name,
    ),
    Rule(
        name="file-damaged",
        unless=r"(?i)corrupted record at|parquet|arrow|\.csv|\.tsv|\.jsonl|gzip|\.db\b|sqlite",
        over_root=True,
        cause="model.corrupt",
        title="A file of the model is damaged",
        means="A file of the model is not what its name says: cut off, garbled, or a pointer.",
        why="A download or copy broke off, the disk was full, or Git LFS left a pointer file.",
        todo=(
            ("Compare sizes with the model's page", "ls -lL {folder}"),
            ("Download it again", "hf download {model} --force-download"),
        ),
        source="huggingface.co/docs/safetensors",
        says=r"Error while deserializing|(?:Header|Metadata)(?:TooLarge|TooSmall|IncompleteBuffer)|"
        r"InvalidHeader|incomplete metadata, file not fully covered|invalid UTF-8 in header|"
        r"PytorchStreamReader|failed finding central directory|invalid load key|"
        r"unexpected EOF, expected|corrupted?\b[^\n]{0,40}(?:file|checkpoint|archive|model|weights|"
        r"record)|"
        r"Unable to load weights from|(?:file|checkpoint|model|weights|archive|shard)\b[^\n]{0,80}"
        r"(?:is|are|seems?|may be|appears?(?: to be)?) (?:corrupt|truncated|damaged|incomplete)|"
        r"is not a valid JSON file|GGUF magic|invalid magic|not a gguf|"
        r"sentencepiece_processor\.cc|could not parse ModelProto|Error parsing line b|"
        r"data did not match any variant|"
        r"(?i:checksum|sha256|hash)[^\n]{0,40}mismatch|version https://git-lfs|"
        r"Ran out of input|pickle data was truncated|WeightsUnpickler error:\s+Unsupported operand|"
        r"EOF while parsing|expected value at line \d+ column|storage has wrong byte size|"
        r"file in archive is not in a subdirectory|cannot be loaded[^\n]{0,40}truncated|"
        r"Unexpected end of (?:file|JSON)|tensor data (?:is )?truncated|failed reading (?:zip|"
        r"file)",
        fill=_model_name,
    ),
    Rule(
        name="adapter-not-found",
        cause="model.not_found",
        over_root=True,
        title="There is no adapter in {model}",
        means="The folder has no adapter_config.json, and the hub has no such adapter either.",
        why="The path is wrong, or the training before did not save an adapter.",
        todo=(("See what is there", "ls -la {model}"),),
        source="huggingface.co/docs/peft/package_reference/peft_model",
        says=r"Can't find '?adapter_config\.json'? at '?(?P<model>[^'\s]+)",
        fill=_model_name,
    ),
    Rule(
        name="checkpoint-not-found",
        cause="model.not_found",
        over_root=True,
        title="There is no checkpoint to go on from",
        means="The training was to be resumed, and no whole checkpoint is there.",
        why="The path is wrong, or the training before ended before it saved one.",
        todo=(("See what is there", "ls -la {folder}"), ("Start from the beginning", None)),
        source="huggingface.co/docs/transformers/main_classes/trainer",
        says=r"No valid checkpoint found|Can't find a valid checkpoint at (?P<model>\S+)",
        fill=_model_name,
    ),
    Rule(
        name="model-not-found",
        cause="model.not_found",
        title="The model or one of its files was not found",
        means="Neither the folder nor the hub has what was asked for.",
        why="A typing error in the name, a folder that is not there, or a file never saved.",
        todo=(
            ("See whether it is a folder here", "ls -la {model}"),
            ("See what the cache holds", "hf cache ls"),
        ),
        source="huggingface.co/docs/transformers/main_classes/model",
        says=r"(?P<a>\S+) is not a local folder and is not a valid model|"
        r"Should have a `?model_type`? key in its config|"
        r"does not appear to have (?:a|any) files? named|(?:Repository|Entry|Revision) Not Found|"
        r"Can't load (?:the )?(?:tokenizer|model|configuration|config|feature|processor|"
        r"image)[^\n']{0,30}"
        r"'(?P<b>[^']+)'|Can't load (?:the )?(?:tokenizer|model|configuration)|"
        r"Repo id must (?:be in the form|use alphanumeric)|Can't find (?:config|'adapter_config|"
        r"weights|a )|"
        r"no file named \S+(?:,| found)|No valid checkpoint found|Can't find a valid checkpoint|"
        r"Path \S+ (?:to the checkpoint )?does not exist|404 (?:Client Error|Not Found)|"
        r"HTTP Error 404|"
        r"RepositoryNotFound|(?:[Mm]odel|[Cc]heckpoint|[Aa]dapter|[Ww]eights|"
        r"[Tt]okenizer)[^\n]{0,160}?"
        r"(?:not found|does not exist|doesn't exist|is missing|no such file|could not be found|is "
        r"not there)|"
        r"(?i:no (?:such )?(?:model|checkpoint|adapter|weights|tokenizer)s?\b(?: file| folder| "
        r"named| found|s? in| at|:))|"
        r"Couldn't instantiate the backend tokenizer|(?:couldn't|could not|cannot|can't|unable to) "
        r"(?:find|locate|open)[^\n]{0,80}"
        r"(?:model|checkpoint|adapter|weights|safetensors|\.bin\b|\.pt\b|\.ckpt)",
        fill=_model_name,
    ),
    Rule(
        name="model-file-missing",
        plain=True,
        cause="model.not_found",
        title="The model or one of its files was not found",
        means="A file of weights, adapter, tokenizer or checkpoint is not there.",
        why="A wrong path, another working directory, or a training before that saved nothing.",
        todo=(("See what is there", "ls -la {folder}"),),
        source="docs.python.org/3/library/exceptions.html#FileNotFoundError",
        types=r"FileNotFoundError$|NotADirectoryError$|^OSError$|HFValidationError|SafetensorError",
        says=r"(?:No such file|not found|does not exist|os error 2)[^\n]*?['\" "
        r"](?P<path>[^'\"\n]*(?:\.safetensors|\.pth?|"
        r"\.ckpt|\.gguf|\.model|checkpoint[\w/.-]*|adapter[\w/.-]*|tokenizer[\w/.-]*|model[\w/.-]*|"
        r"weights[\w/.-]*|trainer_state\.json|optimizer\S*|spiece\S*|vocab\S*|merges\.txt))|"
        r"(?P<other>\S+\.(?:safetensors|gguf|pth?|ckpt)|"
        r"[\w./-]{0,200}(?:model|adapter|weights)[\w.-]{0,80}\.bin)[^\n]{0,60}"
        r"(?:No such|not found|does not exist)",
        fill=_model_name,
    ),
    Rule(
        name="native-file-missing",
        cause="model.not_found",
        title="The model or one of its files was not found",
        means="A file of weights or of the tokenizer is not there.",
        why="A wrong path, or a training before that saved nothing.",
        todo=(("See what is there", "ls -la {folder}"),),
        source="huggingface.co/docs/tokenizers",
        says=r"No such file or directory|os error 2\b",
        code=r"Tokenizer|from_file|safe_open|load_file|from_pretrained|torch\.load|load_model|"
        r"load_state_dict|checkpoint|PeftModel|SentencePiece",
        plain=False,
        fill=_model_name,
    ),
    Rule(
        name="shapes",
        cause="model.shape_mismatch",
        title="Tensors do not fit each other",
        means="Two tensors, or weights and the model they are for, have different shapes or names.",
        why="A head of another size, another variant of the model, or a wrong dimension in the "
        "code.",
        todo=(
            ("Compare config.json of the weights with the model that is built", None),
            ("For a new head on old weights", "ignore_mismatched_sizes=True"),
        ),
        source="pytorch.org/docs/stable/generated/torch.nn.Module.html#torch.nn.Module.load_state_dict",
        says=r"(?s)in loading state_dict|size mismatch for|mat1 and mat2 (?:shapes )?(?:cannot|"
        r"must)|"
        r"size of tensor a \(\d+\) must match|ignore_mismatched_sizes|"
        r"shape '.{0,200}' is invalid for input of size|Expected input batch_size \(|"
        r"Sizes of tensors must match|[Tt]arget size \(|Given groups=|"
        r"[Ee]xpected \d+(?:-?D|D \(| dims?)|doesn't match (?:a parameter|the size|the broadcast)|"
        r"normalized_shape|shapes? (?:mismatch|cannot be)|inconsistent tensor size|"
        r"could not be broadcast|cannot be broadcast|must match the existing size|"
        r"Given normalized|weight of size \[|(?:missing|unexpected) key\(?s?\)? in (?:the "
        r")?state_dict|"
        r"must match except|batch1 to be|incompatible shapes?|size mismatch|"
        r"einsum\(\)[^\n]{0,120}(?:does not broadcast|size|subscript)|"
        r"expected (?:input|hidden|query|key|value|weight|self|mat)[^\n]{0,80}(?:size|dim|shape|"
        r"got)|"
        r"Expected size for (?:first|the first)|Dimension (?:out of range|mismatch)|"
        r"input\.size\(-1\) must be equal|but got (?:tensor|input|size|shape)[^\n]{0,40}\[|"
        r"loaded state dict (?:has|contains)|number of dims don't match|"
        r"cannot reshape array of size [1-9]|shape mismatch|selected index k out of range|"
        r""
        r"[Tt]he (?:shape|size)s? of [^\n]{0,80}(?:must|should|has to|needs to|does not match)|"
        r"last dimension of (?:input|the)|same number of dimensions|"
        r"mismatch in its core dimension|is incompatible with the layer\b|"
        r"to have the same dtype|"
        r"expecting \w* ?dim\w*|embedding dimension of|"
        r"Expected target size|Image size \(|not aligned: |self must be a matrix|"
        r"both arguments to matmul|zip\(\) argument \d is (?:shorter|longer)",
    ),
]
