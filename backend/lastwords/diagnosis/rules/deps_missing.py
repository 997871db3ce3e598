"""Packages and modules that are not there."""

import re

from lastwords.diagnosis.case import Case
from lastwords.diagnosis.frames import installed
from lastwords.diagnosis.rules import packages
from lastwords.diagnosis.rules.advice import Values
from lastwords.diagnosis.rules.rule import Rule, first_of

KNOWN = (
    r"(?:torch|torchvision|torchaudio|transformers|peft|accelerate|datasets|tokenizers|numpy|"
    r"pandas|"
    r"scipy|sklearn|huggingface_hub|safetensors|trl|bitsandbytes|deepspeed|flash_attn|xformers|"
    r"pydantic|pyarrow|evaluate|diffusers|lightning|pytorch_lightning|triton|google|sqlalchemy|"
    r"fsspec|tensorflow|keras|jax|sentencepiece|typing_extensions|packaging|importlib_metadata|"
    r"torchao|torchtune|torch_npu|vllm|mmcv|mmengine|optimum|sentence_transformers|unsloth|timm|"
    r"ultralytics|albumentations|torchmetrics|torchtext|torchdata|xgboost|lightgbm|langchain|spacy|"
    r"megatron|transformer_engine|apex|mamba_ssm|gradio|tensorboard|"
    r"sqlite_utils|flask|click|typer|rich|collections|urllib3|requests|wandb|mlflow|PIL|cv2)"
)


def package(values: Values, case: Case) -> Values:
    package = values.get("package") or ""
    pip = "" if _is_own(package.partition(".")[0], case) else packages.of_module(package)
    return {"pip": pip, "own": "" if pip else package}


def _is_own(top: str, case: Case) -> bool:
    """Whether the program itself lies in a folder of this name, which is no known package's."""
    if re.fullmatch(KNOWN, top):
        return False
    own = (frame.file for part in case.parts for frame in part.frames if not installed(frame))
    return any(top in re.split(r"[\\/]", file)[:-1] for file in own)


def owner(values: Values, case: Case) -> Values:
    module = (values.get("module") or "").split(".")[0]
    pip = packages.of_module(module)
    if module == "numpy":  # a newer one has still less
        return {"pip": pip, "older": older_numpy(case)}
    return {"pip": pip, "newer": "" if module == "triton" else pip}  # torch pins its triton


def _refused(values: Values, case: Case) -> Values:
    """The package that an import asks for in its own words."""
    names = (values.get(name, "") for name in ("package", "needed", "wanted"))
    return {"pip": next(filter(None, map(packages.of_module, filter(None, names))), "")}


def older_numpy(case: Case) -> str:
    """The newest numpy that still has the name: each major step removed some."""
    said = "\n".join(part.said for part in case.parts)
    return "numpy<2" if "NumPy 2.0" in said else "numpy<1.24"


RULES = [
    Rule(
        name="circular-import",
        cause="code.error",
        says=r"cannot import name '(?P<name>\w+)' from partially initialized module "
        r"'(?P<module>(?!"
        + KNOWN
        + r"')[\w.]+)'|partially initialized module '(?P<inner>(?!"
        + KNOWN
        + r"\.)[\w]+\.[\w.]+)' has no attribute '(?P<attribute>\w+)'",
        unless=r"-packages[\\/]|consider renaming",
        fill=lambda values, case: {
            **first_of("module", "inner")(values, case),
            **first_of("name", "attribute")(values, case),
        },
    ),
    Rule(
        name="shadowed-module",
        cause="code.error",
        says=r"^module '(?P<library>random|json|csv|logging|queue|types|copy|code|token|select|"
        r"string|statistics|inspect|profile|calendar|secrets|platform|signal|email|io)' has no "
        r"attribute '[a-z]|No module named '[\w.]+'; '(?P<package>[\w.]+)' is not a package|"
        r"partially initialized module|consider renaming '",
        fill=first_of("package", "library"),
    ),
    Rule(
        name="submodule-missing",
        cause="deps.incompatible",
        types=r"^(?:ModuleNotFound|Import|Runtime)Error$",
        says=r"No module named '(?P<module>" + KNOWN + r")\.(?P<inner>[\w.]+)'",
        fill=owner,
    ),
    Rule(
        name="gpu-library-missing",
        cause="gpu.unavailable",
        says=r"libcuda\.so\S*: cannot open shared object",
    ),
    Rule(
        name="spacy-model",
        over_root=True,
        cause="deps.missing",
        says=r"\[E050\] Can't find model '(?P<model>[\w./-]+)'",
    ),
    Rule(
        name="no-standard-library",
        cause="deps.missing",
        says=r"No module named '?(?:encodings|site)'?$",
    ),
    Rule(
        name="no-module",
        cause="deps.missing",
        says=r"No module named '?(?P<package>[\w.]+)",
        fill=package,
    ),
    Rule(
        name="no-module-of-another-language",
        cause="deps.missing",
        types=r"",
        says=r"Cannot find (?:module|package) ['\"](?P<node>[^'\"\n]+)|"
        r"cannot load such file -- (?P<ruby>\S+)|Can't locate (?P<perl>\S+\.pm) in @INC|"
        r"there is no package called [‘'`](?P<r>[\w.]+)|Package (?P<julia>\w+) not found in "
        r"current path|(?:ClassNotFoundException|NoClassDefFoundError): (?P<java>\S+)|"
        r"no required module provides package (?P<go>\S+)|Could not find conda environment: "
        r"(?P<conda>\S+)",
        plain=True,
        fill=lambda values, case: {
            "package": next((v for v in values.values() if v), ""),
            "cpan": (values.get("perl") or "").removesuffix(".pm").replace("/", "::"),
            "npm": node if (node := values.get("node") or "")[:1] not in ("", ".", "/") else "",
        },
    ),
    Rule(
        name="libtorch-of-r-missing",
        cause="deps.missing",
        says=r"Lantern is not loaded|\binstall_torch\(\)",
    ),
    Rule(
        name="gym-namespace",
        cause="deps.missing",
        types=r"^gym(?:nasium)?\.error\.",
        says=r"Namespace (?P<namespace>\w+) not found|"
        r"Environment `(?P<environment>[\w./-]+)` doesn't exist",
        fill=lambda values, case: {"atari": "ale-py" if values.get("namespace") == "ALE" else ""},
    ),
    Rule(
        name="tokenizer-converter",
        cause="deps.missing",
        says=r"Converting from SentencePiece and Tiktoken failed|"
        r"[Nn]eed to have sentencepiece or tiktoken installed",
    ),
    Rule(
        name="no-kernel",
        cause="deps.missing",
        says=r"No such kernel named (?P<kernel>[\w.-]+)",
    ),
    Rule(
        name="no-distribution",
        cause="deps.missing",
        types=r"PackageNotFoundError|DistributionNotFound",
        says=r"(?:metadata was found for |distribution named '?|^The '?|"
        r"^)(?P<package>(?!No\b)[A-Za-z][\w.-]*)",
        fill=package,
    ),
    Rule(
        name="import-refused",
        cause="deps.missing",
        types=r"^(?:ImportError|ModuleNotFoundError)$",
        says=r"^No (?P<package>[A-Za-z][\w-]*)\b(?! module)|"
        r"(?P<needed>[A-Za-z][\w-]*) (?:is|was) not (?:installed|available|found)|"
        r"^[^\n]{0,200}?\b(?:install|requires?|needs?) (?:either |one of |the )?[`'\"]"
        r"(?P<wanted>[A-Za-z][\w-]*)[`'\"]|(?P<other>^)",
        unless=r"cannot import name|relative import|circular|symbol|DLL|\.so\b|version|GLIBC|"
        r"dlopen",
        fill=_refused,
        plain=False,
        weak=True,
    ),
    Rule(
        name="no-such-release",
        cause="deps.missing",
        says=r"No matching distribution found for (?P<package>[\w.-]+)|"
        r"^ERROR: Cannot install (?P<refused>[\w.-]+)[^\n]* because these package versions|"
        r"Could not find a version that satisfies the requirement (?P<wanted>[\w.-]+)",
        tail=True,
        fill=lambda values, case: {"package": next(filter(None, values.values()), "")},
    ),
]
