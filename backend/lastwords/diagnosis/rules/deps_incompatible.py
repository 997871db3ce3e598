"""Packages that do not fit each other, the machine, or the code."""

import re

from lastwords.diagnosis.case import Case
from lastwords.diagnosis.frames import installed
from lastwords.diagnosis.rules.advice import Values
from lastwords.diagnosis.rules.deps_missing import KNOWN, owner
from lastwords.diagnosis.rules.rule import Rule
from lastwords.diagnosis.traceback_syntax import Part


def _requirement(values: Values, case: Case) -> Values:
    wanted = values.get("wanted") or values.get("fitting") or ""
    wanted = re.sub(r"[\s`'\"]", "", wanted).rstrip(".,;")
    return {"wanted": wanted}


_UNPACKED = r"^(?:not enough|too many) values to unpack"
_STEP_OF_ENVIRONMENT = r"=\s*[\w.]*\benvs?\w*\.(?:reset|step)\("
"""gym's reset() gave one value and its step() four; Gymnasium's two and five."""

_NOW = {
    "evaluation_strategy": "eval_strategy",
    "no_cuda": "use_cpu",
    "per_gpu_train_batch_size": "per_device_train_batch_size",
    "tokenizer": "processing_class",
}
"""What transformers, trl and datasets call an argument today."""

_OF_TRL = re.compile(
    r"\b(?:SFT|DPO|GRPO|KTO|ORPO|CPO|PPO|RLOO|Reward|Online\w*|Iterative\w*|BCO|GKD|PRM|XPO|Nash\w*)"
    r"(?:V\d)?(?:Trainer|Config)"
)
_INTO_CONFIG = frozenset(
    "max_seq_length dataset_text_field packing dataset_num_proc dataset_kwargs max_length "
    "max_prompt_length max_completion_length num_generations beta loss_type label_pad_token_id "
    "eval_packing num_of_sequences chars_per_token model_init_kwargs neftune_noise_alpha".split()
)
"""What trl's trainers took themselves, and since 0.12 to 0.16 their configuration takes."""


def _argument(values: Values, case: Case) -> Values:
    """What the argument is called now, and which class or library it belongs to."""
    name, said = values["name"], case.said
    trainer = re.search(r"\b(\w+)Trainer\b", said)
    of_trl = bool(_OF_TRL.search(said))
    moved = of_trl and trainer is not None and name in _INTO_CONFIG
    renamed = "max_length" if name == "max_seq_length" else name
    return {
        "now": _NOW.get(name, ""),
        "trl": "trl" if of_trl else "",
        "settings": f"{trainer[1]}Config" if moved and trainer is not None else "",
        "setting_now": renamed,
    }


_OF_CELL = re.compile(r"/ipykernel_\d|/ipython-input-|/ipykernel/")  # a notebook's
_HOME = re.compile(r"(?i)^(?:[a-z]:)?/(?:(?:home|users)/[^/]+/|root/)?")
"""What the paths of several projects begin with."""


def _above_package(path: str, module: str) -> str:
    """The folder that the top of a module lies in, by the path of its file."""
    parts = path.replace("\\", "/").removesuffix("/__init__.py").split("/")
    return "/".join(parts[: -len(module.split("."))])


def _of_another_project(said: re.Match[str], part: Part) -> bool:
    """Whether the module lies in a folder that has nothing in common with the importing file's."""
    if not part.frames or installed(part.frames[-1]):
        return False
    file = part.frames[-1].file.replace("\\", "/")
    path = said["path"].replace("\\", "/")
    mine, its = _HOME.match(file), _HOME.match(path)
    if mine is None or its is None or _OF_CELL.search(file):
        return False
    return mine[0] != its[0] or file[mine.end() :].split("/")[0] != path[its.end() :].split("/")[0]


RULES = [
    Rule(
        name="unknown-architecture",
        cause="deps.incompatible",
        says=r"Transformers does not recognize this architecture|model type `(?P<type>[^`]+)` but",
    ),
    Rule(
        name="unknown-gguf-architecture",
        cause="deps.incompatible",
        says=r"unknown (?:model architecture|pre-tokenizer type): '(?P<type>[\w.-]+)'|"
        r"hf-to-gguf:Model (?P<model>\w+) is not supported|"
        r"(?:Architecture|architecture) ['\"]?(?P<arch>[\w.-]+)['\"]? (?:is )?not supported",
        fill=lambda values, case: {"type": next(filter(None, values.values()), "")},
    ),
    Rule(
        name="unknown-architecture-key",
        cause="deps.incompatible",
        types=r"^KeyError$",
        says=r"^'(?P<type>[\w-]+)'$",
        where=r"configuration_auto\.py __getitem__",
        plain=False,
    ),
    Rule(
        name="gguf-too-old",
        cause="deps.incompatible",
        types=r"^AttributeError$",
        says=r"type object '(?:MODEL_ARCH|MODEL_TENSOR|LlamaFileType|GGMLQuantizationType|"
        r"VisionProjectorType)' has no attribute '(?P<name>\w+)'",
    ),
    Rule(
        name="keras-2-file",
        cause="deps.incompatible",
        says=r"Could not (?:locate|deserialize) class '(?P<name>\w+)'[\s\S]{0,400}?"
        r"keras\.src\.engine|parent module keras\.src\.engine",
    ),
    Rule(
        name="libuv-not-built",
        cause="deps.incompatible",
        says=r"buil[td] without libuv support",
    ),
    Rule(
        name="gym-spaces-of-the-other",
        cause="deps.incompatible",
        says=r"only supports \(<class '(?P<wanted>gym(?:nasium)?)\.spaces",
    ),
    Rule(
        name="gym-steps-of-the-other",
        cause="deps.incompatible",
        types=r"^ValueError$",
        says=_UNPACKED,
        code=_STEP_OF_ENVIRONMENT,
        plain=False,
    ),
    Rule(
        name="gym-steps-of-the-other-above",
        cause="deps.incompatible",
        types=r"^ValueError$",
        says=_UNPACKED,
        above=_STEP_OF_ENVIRONMENT,
        plain=False,
    ),
    Rule(
        name="version-conflict",
        plain=True,
        cause="deps.incompatible",
        says=r"(?<![A-Za-z])(?<![A-Za-z][\w.-])(?P<wanted>[A-Za-z][\w.-]*(?:\[\w+\])?\s*(?:[<>!=~]="
        r"|[<>])\s*[\d.*]+(?:,\s*[<>!=~]+\s*[\d.*]+)*)[^\n]{0,40} is required[^\n]{0,120}but found|"
        r"(?:written|made|meant|tested) for \S+ (?:version )?v?\d|has been (?:moved|renamed) (?:to|"
        r"in)\b|(?:was|is|has been) removed (?:in|from) |minimum version of|but the version found|"
        r"you have [^\n]{1,60} which is incompatible|install ['\"`]?[\w.-]+ ?(?:<|==) ?\d|"
        r"requires (?:at least |a )?(?P<other>[\w.-]+ ?(?:version )?(?:>=|<=|==|<|"
        r">)? ?v?[\d.]+)[^\n]{0,80}(?:but|found|installed|you have|current)|VersionConflict|(?:is|"
        r"are) (?:not compatible|incompatible) with|incompatible (?:version|with)|"
        r"==\s?\d[\w.]*[^\n]{0,40}\bincompatible\b(?:[^\n]{0,40}?\b[Ii]nstall (?P<fitting>[\w.-]+ ?"
        r"[<>=!~]=? ?\d[\w.*]*(?:, ?[<>=!~]=? ?\d[\w.*]*)*))?|"
        r"requires? (?:the )?(?:minimum |a newer |a more recent )?version (?:of )?|"
        r"please (?:upgrade|update|downgrade)|(?:upgrade|update) (?:your )?(?:\w+ )?to (?:at least|"
        r"v?\d)|is only (?:available|supported|compatible) (?:in|on|with|from) (?:\w+ )?v?\d|"
        r"[Rr]equires? [Pp]ython|[Mm]inimum required version|version[^\n]{0,30} is too old|"
        r"(?:torch|transformers|numpy|peft|accelerate)[^\n]{0,20}(?:>=|<=|==|<|"
        r">) ?v?\d[\d.]*[^\n]{0,40}(?:is )?(?:required|needed)|we now require users to upgrade "
        r"torch",
        types=r"ImportError|RuntimeError|ValueError|VersionConflict|Exception$|EnvironmentError|"
        r"OSError|AssertionError|SystemExit",
        fill=_requirement,
    ),
    Rule(
        name="name-not-in-package",
        plain=True,
        cause="deps.incompatible",
        types=r"ImportError|RuntimeError",
        says=r"cannot import name '(?P<name>\w+)' from '(?P<module>[\w.]+)' \((?:[^)]*"
        r"(?:site-packages|dist-packages|/lib/python)[^)]*|unknown location)\)|"
        r"cannot import name '(?P<name2>\w+)' from '(?P<module2>" + KNOWN + r"[\w.]*)'",
        fill=lambda values, case: {
            "name": values.get("name") or values.get("name2", ""),
            "module": values.get("module") or values.get("module2", ""),
            **owner({"module": values.get("module") or values.get("module2", "")}, case),
        },
    ),
    Rule(
        name="name-not-in-checkout",
        cause="deps.incompatible",
        types=r"ImportError$",
        says=r"cannot import name '(?P<name>\w+)' from '(?P<module>[\w.]+)' "
        r"\((?P<path>[^()\n]{1,400}\.py)\)",
        holds=_of_another_project,
        fill=lambda values, case: {"checkout": _above_package(values["path"], values["module"])},
        plain=False,
    ),
    Rule(
        name="attribute-not-in-package",
        cause="deps.incompatible",
        types=r"AttributeError",
        says=r"module '(?P<module>" + KNOWN + r"[\w.]*)' has no attribute '(?P<name>\w+)'|"
        r"`(?P<module2>np)\.(?P<name2>\w+)` was removed",
        fill=lambda values, case: {
            "module": values.get("module") or "numpy",
            "name": values.get("name") or values.get("name2", ""),
            **owner({"module": values.get("module") or "numpy"}, case),
        },
    ),
    Rule(
        name="argument-not-in-version",
        cause="deps.incompatible",
        types=r"TypeError",
        says=r"\b(?:\w*Trainer|\w*TrainingArguments|\w*(?:Lora|Peft|PromptTuning|PrefixTuning|IA3|"
        r"SFT|DPO|BitsAndBytes|Generation)\w*Config\w*|Accelerator|\w*Tokenizer\w*|AdamW|Adam|SGD|"
        r"Pipeline|\w+For(?:CausalLM|SequenceClassification|ConditionalGeneration|Seq2SeqLM)|"
        r"\w*DataCollator\w*|DataLoader|GradScaler|load_dataset|load|from_pretrained|compute_loss|"
        r"AutocastMode|autocast|Client)(?:\.__init__|\.__new__|\.\w+)?\(\) got an unexpected "
        r"keyword argument '(?P<name>\w+)'",
        fill=_argument,
    ),
    Rule(
        name="import-fails-inside",
        cause="deps.incompatible",
        unsure=True,
        types=r"^(?:IndexError|KeyError|NameError|UnboundLocalError|TypeError|AttributeError)$",
        code=r"(?m)^(?:from \w[\w.]* import\b|import \w)[^\n]*\n?[^\n]*\Z",
        where=r"-packages[\\/][^\n]*\Z",
        plain=False,
    ),
]
