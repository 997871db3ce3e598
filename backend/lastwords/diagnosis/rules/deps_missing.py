"""Packages and modules that are not there."""

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


def package(values: Values, case: Case) -> Values:
    package = values.get("package") or ""
    pip = packages.of_module(package)
    return {"pip": pip, "own": "" if pip else package}


def owner(values: Values, case: Case) -> Values:
    module = (values.get("module") or "").split(".")[0]
    pip = packages.of_module(module)
    if module == "numpy":  # a newer one has still less
        return {"pip": pip, "older": older_numpy(case)}
    return {"pip": pip, "newer": pip}


def older_numpy(case: Case) -> str:
    """The newest numpy that still has the name: each major step removed some."""
    said = "\n".join(part.said for part in case.parts)
    return "numpy<2" if "NumPy 2.0" in said else "numpy<1.24"


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
        fill=owner,
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
        fill=package,
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
        name="no-kernel",
        cause="deps.missing",
        title="The notebook kernel {kernel} is not installed",
        means="The notebook asks for a kernel, and none of this name is registered.",
        why="ipykernel was never installed in this environment, or the notebook is from another.",
        todo=(
            ("Install it", "pip install ipykernel"),
            ("Register it", "python -m ipykernel install --user --name {kernel}"),
            ("See which there are", "jupyter kernelspec list"),
        ),
        source="jupyter-client.readthedocs.io/en/latest/kernels.html",
        says=r"No such kernel named (?P<kernel>[\w.-]+)",
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
        fill=package,
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
]
