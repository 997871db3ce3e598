"""Packages that are asked for by name, and programs and libraries beside Python."""

import re

from lastwords.diagnosis.case import Case
from lastwords.diagnosis.rules import packages
from lastwords.diagnosis.rules.deps_incompatible import CHECK
from lastwords.diagnosis.rules.deps_missing import KNOWN, package
from lastwords.diagnosis.rules.rule import Rule, Values


def _program(values: Values, case: Case) -> Values:
    program = next((value for value in values.values() if value), "")
    return {"program": program, **packages.of_program(program.rpartition("/")[2])}


_NAMED = re.compile(rf"\\b(?P<named>{KNOWN[3:-1]}|rouge_score|flash-attn|pyyaml|einops)\\b")


def named_package(values: Values, case: Case) -> Values:
    """The package that a message in plain words names."""
    texts = [part.said for part in case.parts] + [line.text for line in case.error_lines[:4]]
    found = _NAMED.search("\n".join(texts))
    return {"pip": packages.of_module(found["named"]) if found is not None else ""}


def _asked(values: Values, case: Case) -> Values:
    named = next((value for value in values.values() if value), "")
    named = named if named.lower() not in ("the", "it", "a", "an", "them", "this") else ""
    return {"package": named or "see the message", "pip": package({"package": named}, case)["pip"]}


RULES = [
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
        r"env: [‘'](?P<env>[\w.+-]+)[’']: No such file|"
        r"^\w*make(?:\[\d+\])?: (?P<make>[\w.+-]+): No such file or directory$|"
        r"Executable (?P<exe>\S+) not found|"
        r"failed to find (?P<find>\w+) ",
        tail=True,
        fill=_program,
    ),
    Rule(
        name="no-virtual-environment",
        cause="deps.missing",
        title="The virtual environment {folder} is not there",
        means="The script that turns the environment on does not exist.",
        why="It was never made on this machine, or the working directory is another one.",
        todo=(("Make it", "python -m venv {folder}"), ("See the working directory", "pwd; ls -la")),
        source="docs.python.org/3/library/venv.html",
        says=r"(?P<folder>[\w./~-]+)/bin/activate: No such file",
        tail=True,
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
        todo=(("See which Python runs", "python --version"), CHECK),
        source="docs.python.org/3/library/exceptions.html#SyntaxError",
        types=r"SyntaxError",
        where=r"site-packages|dist-packages",
        plain=False,
    ),
]
