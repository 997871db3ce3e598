"""Packages that are asked for by name, and programs and libraries beside Python."""

import re

from lastwords.diagnosis.case import Case
from lastwords.diagnosis.rules import packages
from lastwords.diagnosis.rules.advice import Values
from lastwords.diagnosis.rules.deps_missing import KNOWN, package
from lastwords.diagnosis.rules.rule import Rule


def _program(values: Values, case: Case) -> Values:
    program = next((value for value in values.values() if value), "")
    return {"program": program, **packages.of_program(program.rpartition("/")[2])}


_NAMED = re.compile(rf"\\b(?P<named>{KNOWN[3:-1]}|rouge_score|flash-attn|pyyaml|einops)\\b")


def named_package(values: Values, case: Case) -> Values:
    """The package that a message in plain words names."""
    texts = [part.said for part in case.parts] + [line.text for line in case.error_lines[:4]]
    found = _NAMED.search("\n".join(texts))
    return {"pip": packages.of_module(found["named"]) if found is not None else ""}


_NO_PACKAGE = frozenset(
    "the it a an them this that which were was is not package packages module library all".split()
)


def _asked(values: Values, case: Case) -> Values:
    named = next((value for value in values.values() if value), "")
    named = named if named.lower() not in _NO_PACKAGE else ""
    return {"package": named or "see the message", "pip": package({"package": named}, case)["pip"]}


RULES = [
    Rule(
        name="package-asked-for",
        plain=True,
        cause="deps.missing",
        says=r"packages? that (?:was|were) not found in your environment: (?P<listed>[\w-]+)|"
        r"requires? (?:the )?`?(?P<package>[\w-]++)`?[^\n]{0,150}?(?:but it was not found|"
        r"not installed|to be installed|which is not (?:installed|found)|is not available)|"
        r"[Pp]lease (?:pip )?install (?:the )?[`'\"]?(?P<named>[\w-]+)|`?pip3? install (?:-U |"
        r"--upgrade )?[`'\"]?(?P<asked>[\w.-]+)|You (?:need|have) to (?:have|"
        r"install) (?P<need>[\w-]+)|(?<![\w-])(?P<absent>[\w-]+) (?:seems to be |is |was )?(?:not|"
        r"(?:does|do)(?:n't| not) (?:seem|appear) to be) (?:installed|found in your environment)|"
        r"No module named|(?:requires|needs) (?P<req>[\w-]+) to be installed|"
        r"Install (?P<inst>[\w-]+)",
        types=r"ImportError|ModuleNotFoundError|RuntimeError|ValueError|OptionalDependency|"
        r"AssertionError|Exception$",
        where="",
        fill=lambda values, case: _asked(values, case),
    ),
    Rule(
        name="tool-missing",
        cause="deps.missing",
        types=r"FileNotFoundError",
        says=r"No such file or directory: '(?P<program>[\w.+-]+)'",
        where=r"subprocess\.py _execute_child",
        fill=_program,
    ),
    Rule(
        name="windows-line-endings",
        cause="config.invalid",
        says=r"[‘'][\w./-]+\\r[’']: No such file|\$'\\r': command not found|\^M: bad interpreter",
        tail=True,
    ),
    Rule(
        name="library-to-link-missing",
        cause="deps.missing",
        says=r"\bld(?:\.\w+)?: cannot find -l(?P<library>[\w+.-]+)",
        tail=True,
    ),
    Rule(
        name="command-not-found",
        cause="deps.missing",
        says=r"(?:line \d+: |\d+: )?(?P<program>[\w./+-]+): (?:command )?not found$|"
        r"env: [‘'](?P<env>[\w.+-]+)[’']: No such file|^\w*make(?:\[\d+\])?: (?P<make>[\w.+-]+): "
        r"No such file or directory$|Executable (?P<exe>\S+) not found|"
        r"exec: \"(?P<exec>[^\"\n]{1,200})\": (?:executable file not found|"
        r"stat [^\n]{1,200}: no such)|execve\(\): (?P<execve>\S+): No such file or directory|"
        r"failed to find (?P<find>\w+) |(?P<script>[^\s:]{1,200}): (?:cannot execute: required "
        r"file not found|[^\s:]{1,200}: bad interpreter)",
        tail=True,
        fill=_program,
    ),
    Rule(
        name="command-unknown-to-cmd",
        cause="deps.missing",
        says=r"(?P<quote>['\"])(?P<program>[\w.+-]{1,60})(?P=quote) (?:is not recognized as an "
        r"internal|no se reconoce como un comando|n.est pas reconnu en tant que commande|"
        r"n\S{1,3}o . reconhecido como um comando|non . riconosciuto come comando|"
        r"не является внутренней|不是内部|不是內部|は、内部コマンド|은\(는\) 내부)|"
        r"Der Befehl (?P<is>['\"])(?P<command>[\w.+-]{1,60})(?P=is) ist entweder falsch|"
        r"'(?P<garbled>accelerate|python3?|pip3?|torchrun|deepspeed|conda|git|nvcc|cl|cmake|ninja|"
        r"ffmpeg|poetry|uv|wandb|yolo|tensorboard|jupyter)' ?[^\x00-\x7f ]{0,40}\ufffd{2}",
        tail=True,
        fill=lambda values, case: _program(
            {name: values.get(name, "") for name in ("program", "command", "garbled")}, case
        ),
    ),
    Rule(
        name="no-virtual-environment",
        cause="deps.missing",
        says=r"(?P<folder>[\w./~-]+)/bin/activate: No such file",
        tail=True,
    ),
    Rule(
        name="build-tool-missing",
        cause="deps.missing",
        says=r"Ninja is required|CUDA_HOME (?:environment variable is not set|does not exist)|"
        r"Failed to find C compiler|No such file or directory: 'nvcc'|nvcc was not found|"
        r"InvalidCxxCompiler|No working C\+\+ compiler|error: command '\S+' failed: No such file|"
        r"is not able to compile",
    ),
    Rule(
        name="msvc-missing",
        over_root=True,
        cause="deps.missing",
        says=r"Command '\['where', 'cl'\]'|Error checking compiler version for cl\b|"
        r"Microsoft Visual C\+\+ [\d.]+ (?:or greater )?is required|Unable to find vcvarsall",
    ),
    Rule(
        name="triton-missing",
        cause="deps.missing",
        says=r"Cannot find a working triton",
    ),
    Rule(
        name="library-syntax",
        cause="deps.incompatible",
        types=r"SyntaxError",
        unless=r"valid YOLO argument|Similar arguments|CLI",
        where=r"site-packages|dist-packages",
        plain=False,
    ),
]
