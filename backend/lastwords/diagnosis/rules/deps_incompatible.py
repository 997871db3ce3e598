"""Packages that do not fit each other, the machine, or the code."""

import re

from lastwords.diagnosis.case import Case
from lastwords.diagnosis.rules.deps_missing import KNOWN, owner
from lastwords.diagnosis.rules.rule import Rule, Values


def _requirement(values: Values, case: Case) -> Values:
    wanted = values.get("wanted") or ""
    wanted = re.sub(r"[\s`'\"]", "", wanted).rstrip(".,;")
    return {"wanted": wanted, "note": f": {wanted} is required" if wanted else " "}


CHECK = ("See what is installed and what does not fit together", "python -m pip check")

RULES = [
    Rule(
        name="unknown-architecture",
        cause="deps.incompatible",
        title="The installed transformers does not know this model's architecture",
        means="config.json names a model type that this version of transformers lacks.",
        why="The model is newer than the installed transformers, or needs code of its own.",
        todo=(("Install the newest transformers", "pip install -U transformers"),),
        source="huggingface.co/docs/transformers/model_doc/auto",
        says=r"Transformers does not recognize this architecture|model type `(?P<type>[^`]+)` but",
    ),
    Rule(
        name="version-conflict",
        plain=True,
        cause="deps.incompatible",
        title="The installed version of a package does not fit{note}",
        means="A library checked the version of another one and refused it.",
        why="Packages were installed or upgraded one by one.",
        todo=(("Install a version that fits", "pip install '{wanted}'"), CHECK),
        source="huggingface.co/docs/transformers/installation",
        says=r"(?P<wanted>[A-Za-z][\w.-]*(?:\[\w+\])?\s*(?:[<>!=~]=|[<>])\s*[\d.*]+"
        r"(?:,\s*[<>!=~]+\s*[\d.*]+)*)[^\n]{0,40} is required[^\n]{0,120}but found|"
        r"(?:written|made|meant|tested) for \S+ (?:version )?v?\d|"
        r"has been (?:moved|renamed) (?:to|in)\b|(?:was|is|has been) removed (?:in|from) |"
        r"minimum version of|but the version found|you have [^\n]{1,60} which is incompatible|"
        r"install ['\"`]?[\w.-]+ ?(?:<|==) ?\d|"
        r"requires (?:at least |a )?(?P<other>[\w.-]+ ?(?:version )?(?:>=|<=|==|<|>)? ?v?[\d.]+)"
        r"[^\n]{0,80}(?:but|found|installed|you have|current)|VersionConflict|"
        r"(?:is|are) (?:not compatible|incompatible) with|incompatible (?:version|with)|"
        r"requires? (?:the )?(?:minimum |a newer |a more recent )?version (?:of )?|"
        r"please (?:upgrade|update|downgrade)|(?:upgrade|update) (?:your )?(?:\w+ )?to (?:at least|"
        r"v?\d)|"
        r"is only (?:available|supported|compatible) (?:in|with|from) (?:\w+ )?v?\d|"
        r"[Rr]equires? [Pp]ython|[Mm]inimum required version|version[^\n]{0,30} is too old|"
        r"(?:torch|transformers|numpy|peft|accelerate)[^\n]{0,20}(?:>=|<=|==|<|>) ?v?\d[\d.]*"
        r"[^\n]{0,40}(?:is )?(?:required|needed)|we now require users to upgrade torch",
        types=r"ImportError|RuntimeError|ValueError|VersionConflict|Exception$|EnvironmentError|"
        r"OSError|AssertionError|SystemExit",
        fill=_requirement,
    ),
    Rule(
        name="binary-mismatch",
        cause="deps.incompatible",
        title="Compiled packages were built for other versions than those installed",
        means="A compiled extension and the library it was built against do not fit.",
        why="One of them was upgraded alone, most often numpy, torch or CUDA.",
        todo=(
            ("Install both again, built for each other", "pip install --force-reinstall torch"),
            CHECK,
        ),
        source="numpy.org/devdocs/user/troubleshooting-importerror.html",
        says=r"undefined symbol|binary incompatib|compiled (?:using|with|against) (?:NumPy|"
        r"different CUDA|module)|GLIBC(?:XX)?_[\d.]+'? not found|version `\w+_[\d.]+' not found|"
        r"numpy\.(?:core\.)?multiarray failed to import|_ARRAY_API not found|"
        r"different CUDA major|wrong ELF class|file too short|invalid ELF header|"
        r"unsupported pickle protocol|Importing the numpy C-extensions failed|"
        r"Error importing numpy|Symbol not found|ABI version|DSO support routines|"
        r"was compiled for|UnsupportedClassVersionError|Descriptors cannot (?:not )?be created|"
        r"operator torchvision::nms does not exist|bad magic number in",
    ),
    Rule(
        name="no-kernel-image",
        cause="deps.incompatible",
        title="This build of PyTorch has no code for this GPU",
        means="The installed wheel was not compiled for the card's compute capability.",
        why="The card is newer or older than the wheel supports.",
        todo=(
            (
                "See which architectures the build has",
                "python -c 'import torch; print(torch.cuda.get_arch_list())'",
            ),
        ),
        source="pytorch.org/get-started/locally",
        says=r"no kernel image is available for execution",
    ),
    Rule(
        name="name-not-in-package",
        cause="deps.incompatible",
        title="The installed {module} has no {name}",
        means="The package is installed, but this name is not in that version.",
        why="It was added later, renamed or removed.",
        todo=(
            ("See which version is installed", "python -m pip show {pip}"),
            ("Install the version that the code was written for", "pip install -U {newer}"),
            ("Install a version that still has it", "pip install {older}"),
        ),
        source="docs.python.org/3/library/exceptions.html#ImportError",
        types=r"ImportError",
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
        name="attribute-not-in-package",
        cause="deps.incompatible",
        title="The installed {module} has no {name}",
        means="The package is installed, but this name is not in that version.",
        why="It was added later, renamed or removed.",
        todo=(
            ("See which version is installed", "python -m pip show {pip}"),
            ("Install the version that the code was written for", "pip install -U {newer}"),
            ("Install a version that still has it", "pip install {older}"),
        ),
        source="numpy.org/doc/stable/numpy_2_0_migration_guide.html",
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
        title="The installed library does not know the argument {name}",
        means="The code passes an argument that this version of the library does not take.",
        why="It was renamed, added later or removed.",
        todo=(
            ("See the versions", "python -m pip list | grep -iE 'torch|transformers|peft|trl'"),
            ("Use the name that the installed version knows, or install the other version", None),
        ),
        source="github.com/huggingface/transformers/blob/main/MIGRATION_GUIDE_V5.md",
        types=r"TypeError",
        says=r"\b(?:\w*Trainer|\w*TrainingArguments|\w*(?:Lora|Peft|PromptTuning|PrefixTuning|IA3|"
        r"SFT|"
        r"DPO|BitsAndBytes|Generation)\w*Config\w*|Accelerator|\w*Tokenizer\w*|AdamW|Adam|SGD|"
        r"Pipeline|\w+For(?:CausalLM|SequenceClassification|ConditionalGeneration|"
        r"Seq2SeqLM)|\w*DataCollator\w*|DataLoader|GradScaler|load_dataset|load|from_pretrained|"
        r"compute_loss|AutocastMode|autocast|Client)(?:\.__init__|\.__new__|\.\w+)?\(\) got an "
        r"unexpected "
        r"keyword argument '(?P<name>\w+)'",
    ),
]
