"""Packages, extensions and programs that are missing or do not fit."""

import re

from lastwords.diagnosis.case import Case
from lastwords.diagnosis.rules import packages
from lastwords.diagnosis.rules.rule import Rule, Values

KNOWN = (
    r"(?:torch|torchvision|torchaudio|transformers|peft|accelerate|datasets|tokenizers|numpy|"
    r"pandas|"
    r"scipy|sklearn|huggingface_hub|safetensors|trl|bitsandbytes|deepspeed|flash_attn|xformers|"
    r"pydantic|pyarrow|evaluate|diffusers|lightning|pytorch_lightning|triton|google|sqlalchemy|"
    r"fsspec|tensorflow|keras|jax|sentencepiece|typing_extensions|packaging|importlib_metadata|"
    r"sqlite_utils|flask|click|typer|rich|collections|urllib3|requests|wandb|mlflow|PIL|cv2)"
)


def _package(values: Values, case: Case) -> Values:
    package = values.get("package") or ""
    pip = packages.of_module(package)
    return {"pip": pip, "own": "" if pip else package}


def _requirement(values: Values, case: Case) -> Values:
    wanted = values.get("wanted") or ""
    wanted = re.sub(r"[\s`'\"]", "", wanted).rstrip(".,;")
    return {"wanted": wanted, "note": f": {wanted} is required" if wanted else " "}


def _owner(values: Values, case: Case) -> Values:
    module = (values.get("module") or "").split(".")[0]
    pip = packages.of_module(module)
    if module == "numpy":  # a newer one has still less
        return {"pip": pip, "older": _older_numpy(case)}
    return {"pip": pip, "newer": pip}


def _older_numpy(case: Case) -> str:
    """The newest numpy that still has the name: each major step removed some."""
    said = "\n".join(part.said for part in case.parts)
    return "numpy<2" if "NumPy 2.0" in said else "numpy<1.24"


def _program(values: Values, case: Case) -> Values:
    program = next((value for value in values.values() if value), "")
    return {"program": program, **packages.of_program(program.rpartition("/")[2])}


_CHECK = ("See what is installed and what does not fit together", "python -m pip check")

RULES = [
    Rule(
        name="shadowed-module",
        cause="code.error",
        title="A file of your own hides the package {package}",
        means="Python imported a file that has the name of a package.",
        why="A script or folder beside the program is called like the library it imports.",
        todo=(("Rename your own file or folder called {package}", None),),
        source="docs.python.org/3/reference/import.html",
        says=r"No module named '[\w.]+'; '(?P<package>\w+)' is not a package|"
        r"partially initialized module|consider renaming '",
    ),
    Rule(
        name="submodule-missing",
        cause="deps.incompatible",
        title="The installed {module} has no {inner}",
        means="The package is installed, but not in a version that has this part.",
        why="The code was written for another version of the package.",
        todo=(
            ("See which version is installed", "python -m pip show {pip}"),
            ("Install the version that the code was written for", "pip install -U {newer}"),
            ("Install a version that still has it", "pip install {older}"),
        ),
        source="docs.python.org/3/library/exceptions.html#ModuleNotFoundError",
        types=r"ModuleNotFoundError",
        says=r"No module named '(?P<module>" + KNOWN + r")\.(?P<inner>[\w.]+)'",
        fill=_owner,
    ),
    Rule(
        name="gpu-library-missing",
        cause="gpu.unavailable",
        title="The NVIDIA driver's library is not there",
        means="libcuda comes with the driver, and the loader did not find it.",
        why="No driver is installed on this machine, or the container was started without GPUs.",
        todo=(("See whether the driver answers", "nvidia-smi"),),
        source="docs.nvidia.com/datacenter/cloud-native/container-toolkit",
        says=r"libcuda\.so\S*: cannot open shared object",
    ),
    Rule(
        name="no-module",
        cause="deps.missing",
        title="The package {package} is not installed",
        means="Python looked for {package} in every folder of sys.path and found nothing.",
        why="It was never installed in this environment, or another environment is active.",
        todo=(
            ("Install it in the environment that runs the training", "pip install {pip}"),
            (
                "{own} looks like a part of the program: start it in the folder that holds it",
                "export PYTHONPATH=$PWD",
            ),
            ("See which Python runs", "python -c 'import sys; print(sys.executable)'"),
        ),
        source="docs.python.org/3/library/exceptions.html#ModuleNotFoundError",
        says=r"No module named '?(?P<package>[\w.]+)",
        fill=_package,
    ),
    Rule(
        name="no-module-of-another-language",
        cause="deps.missing",
        title="A package of another language is not installed: {package}",
        means="A program that is not Python asked for a package and did not find it.",
        why="It was never installed for this program, or for another user.",
        todo=(("See which program runs", "command -v node ruby perl Rscript java go"),),
        source="nodejs.org/api/errors.html#module_not_found",
        types=r"",
        says=r"Cannot find (?:module|package) ['\"](?P<node>[^'\"\n]+)|"
        r"cannot load such file -- (?P<ruby>\S+)|Can't locate (?P<perl>\S+\.pm) in @INC|"
        r"there is no package called [‘'](?P<r>[\w.]+)|"
        r"(?:ClassNotFoundException|NoClassDefFoundError): (?P<java>\S+)|"
        r"no required module provides package (?P<go>\S+)|"
        r"Could not find conda environment: (?P<conda>\S+)",
        plain=True,
        fill=lambda values, case: {"package": next((v for v in values.values() if v), "")},
    ),
    Rule(
        name="no-distribution",
        cause="deps.missing",
        title="The package {package} is not installed",
        means="Its metadata was not found, so it is not installed here.",
        why="It was never installed in this environment.",
        todo=(("Install it", "pip install {pip}"),),
        source="docs.python.org/3/library/importlib.metadata.html",
        types=r"PackageNotFoundError|DistributionNotFound",
        says=r"(?:for |^The '?|^)(?P<package>[\w-]+)",
        fill=_package,
    ),
    Rule(
        name="no-such-release",
        cause="deps.missing",
        title="pip found no version of {package} to install",
        means="No index that pip asked has this package, or none that fits this Python.",
        why="A typing error in the name, an index that cannot be reached, or another Python.",
        todo=(
            ("See which versions there are", "python -m pip index versions {package}"),
            ("See which Python runs", "python --version"),
        ),
        source="pip.pypa.io/en/stable/cli/pip_install",
        says=r"No matching distribution found for (?P<package>[\w.-]+)|"
        r"Could not find a version that satisfies the requirement (?P<wanted>[\w.-]+)",
        tail=True,
        fill=lambda values, case: {"package": values.get("package") or values.get("wanted", "")},
    ),
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
        todo=(("Install a version that fits", "pip install '{wanted}'"), _CHECK),
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
            _CHECK,
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
            **_owner({"module": values.get("module") or values.get("module2", "")}, case),
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
            **_owner({"module": values.get("module") or "numpy"}, case),
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
    Rule(
        name="package-asked-for",
        plain=True,
        cause="deps.missing",
        title="A package that this needs is not installed: {package}",
        means="A library looked for an optional package and did not find it.",
        why="Optional parts are installed separately.",
        todo=(("Install it", "pip install {pip}"),),
        source="huggingface.co/docs/transformers/installation",
        says=r"requires? (?:the )?(?:following packages that were not found in your environment: |"
        r")`?(?P<package>[\w-]+)`?[^\n]{0,60}(?:library|package|module|extra)?[^\n]{0,80}(?:but it "
        r"was not "
        r"found|not installed|to be installed|which is not|is not available)|"
        r"[Pp]lease (?:pip )?install `?(?:the )?(?P<named>[\w-]+)|"
        r"`?pip3? install (?:-U |--upgrade )?[`'\"]?(?P<asked>[\w.-]+)|"
        r"You (?:need|have) to (?:have|install) (?P<need>[\w-]+)|"
        r"(?P<absent>[\w-]+) (?:seems to be |is |was )?(?:not|(?:does|do)(?:n't| not) (?:seem|"
        r"appear) to be) (?:installed|found in your environment)|"
        r"No module named|(?:requires|needs) (?P<req>[\w-]+) to be installed|Install "
        r"(?P<inst>[\w-]+)",
        types=r"ImportError|ModuleNotFoundError|RuntimeError|ValueError|OptionalDependency|"
        r"Exception$",
        where="",
        fill=lambda values, case: _asked(values, case),
    ),
    Rule(
        name="shared-library-missing",
        cause="deps.missing",
        title="A system library is missing: {library}",
        means="The loader did not find a shared library that a compiled package needs.",
        why="It comes with a system package or with CUDA, and is not installed here.",
        todo=(
            ("Install it", "sudo apt-get install {debian}"),
            ("Find the package that holds it", "apt-file search {library}"),
            ("See what the loader knows", "ldconfig -p | grep {library}"),
        ),
        source="man7.org/linux/man-pages/man8/ld.so.8.html",
        says=r"(?P<library>lib[\w.+-]+\.so[\w.]*): cannot open shared object file",
        fill=lambda values, case: {"debian": packages.of_library(values["library"])},
    ),
    Rule(
        name="tool-missing",
        cause="deps.missing",
        title="The program {program} is not installed",
        means="A program was to be started, and no file of this name is on the PATH.",
        why="It is not installed, or the PATH of this process does not hold its folder.",
        todo=(
            ("Install it", "sudo apt-get install {debian}"),
            ("Install it", "pip install {pip}"),
            ("See the PATH", "echo $PATH; command -v {program}"),
        ),
        source="docs.python.org/3/library/subprocess.html",
        types=r"FileNotFoundError",
        says=r"No such file or directory: '(?P<program>[\w.+-]+)'",
        where=r"subprocess\.py _execute_child",
        fill=_program,
    ),
    Rule(
        name="command-not-found",
        cause="deps.missing",
        title="The program {program} is not installed",
        means="The shell found no program of this name.",
        why="It is not installed, or the PATH does not hold its folder.",
        todo=(
            ("Install it", "sudo apt-get install {debian}"),
            ("Install it", "pip install {pip}"),
            ("See the PATH", "echo $PATH; command -v {program}"),
        ),
        source="pubs.opengroup.org/onlinepubs/9699919799/utilities/V3_chap02.html",
        says=r"(?:line \d+: |\d+: )?(?P<program>[\w./+-]+): (?:command )?not found$|"
        r"env: [‘'](?P<env>[\w.+-]+)[’']: No such file|Executable (?P<exe>\S+) not found|"
        r"failed to find (?P<find>\w+) ",
        tail=True,
        fill=_program,
    ),
    Rule(
        name="build-tool-missing",
        cause="deps.missing",
        title="A compiler or toolkit is missing",
        means="Code was to be compiled, and a tool for it is not installed.",
        why="Extensions of PyTorch and Triton are compiled on this machine at run time.",
        todo=(
            ("Install the compiler", "sudo apt-get install build-essential"),
            ("Install ninja", "pip install ninja"),
        ),
        source="pytorch.org/docs/stable/cpp_extension.html",
        says=r"Ninja is required|CUDA_HOME (?:environment variable is not set|does not exist)|"
        r"Failed to find C compiler|No such file or directory: 'nvcc'|InvalidCxxCompiler|"
        r"No working C\+\+ compiler|error: command '\S+' failed: No such file|"
        r"fatal error: \S+\.(?:h|hpp|cuh): No such file|"
        r"Cannot find a working triton|is not able to compile",
    ),
    Rule(
        name="library-syntax",
        cause="deps.incompatible",
        title="An installed package is written for a newer Python",
        means="Python does not know the syntax that this package uses.",
        why="The package was installed by another Python, or needs a newer one.",
        todo=(("See which Python runs", "python --version"), _CHECK),
        source="docs.python.org/3/library/exceptions.html#SyntaxError",
        types=r"SyntaxError",
        where=r"site-packages|dist-packages",
        plain=False,
    ),
]


_NAMED = re.compile(rf"\\b(?P<named>{KNOWN[3:-1]}|rouge_score|flash-attn|pyyaml|einops)\\b")


def named_package(values: Values, case: Case) -> Values:
    """The package that a message in plain words names."""
    texts = [part.said for part in case.parts] + [line.text for line in case.error_lines[:4]]
    found = _NAMED.search("\n".join(texts))
    return {"pip": packages.of_module(found["named"]) if found is not None else ""}


def _asked(values: Values, case: Case) -> Values:
    named = next((value for value in values.values() if value), "")
    named = named if named.lower() not in ("the", "it", "a", "an", "them", "this") else ""
    return {"package": named or "see the message", "pip": _package({"package": named}, case)["pip"]}
