"""Arguments, options and configuration files that a program refuses."""

import re

from lastwords.diagnosis.case import Case
from lastwords.diagnosis.rules.advice import Values
from lastwords.diagnosis.rules.rule import Rule, first_of

_USAGE = re.compile(
    r"(?m)^(?:\S.*\s)?[uU]sage: (?P<program>python3? -m [\w.]+(?: [a-z]\w*)?|\S+)|"
    r"^(?P<said>[\w./-]+): error: "
)


def _program(values: Values, case: Case) -> Values:
    """The program that refused its arguments, as it is started."""
    own = case.user_frame.file if case.user_frame is not None else ""
    found = _USAGE.search("\n".join(line.text for line in case.error_lines))
    named = (found["program"] or found["said"]) if found is not None else own
    return {"script" if named.endswith(".py") else "program": named}


_CHARACTERS = re.compile(r"\brequired_chars\. \d+ vs (?P<least>\d+)")


def _characters(case: Case) -> str:
    """How many characters sentencepiece says that its vocabulary has to hold."""
    found = _CHARACTERS.search(case.tail_text)
    return found["least"] if found is not None else ""


NO_BUG = r"^(?!(?:.*DecodeError|TypeError|AttributeError|NameError|UnboundLocalError|IndexError)$)"

RULES = [
    Rule(
        name="estimator-parameter",
        cause="config.invalid",
        says=r"Invalid parameter '?(?P<key>\w+)'? for estimator (?P<estimator>\w+)",
    ),
    Rule(
        name="slurm-refused",
        cause="config.invalid",
        says=r"^(?:sbatch|srun|salloc): error: (?:[^\n]{0,60}(?:submission failed|"
        r"allocate resources): |[Ii]nvalid )(?P<why>[^\n]{1,120})",
        plain=True,
        tail=True,
    ),
    Rule(
        name="fsdp-dtypes-differ",
        cause="config.invalid",
        says=r"Must flatten tensors with uniform (?P<what>dtype|requires_grad)",
    ),
    Rule(
        name="fp16-parameters-learn",
        cause="config.invalid",
        says=r"Attempting to unscale FP16 gradients",
    ),
    Rule(
        name="file-with-unknown-keys",
        cause="config.invalid",
        says=r"(?P<file>[\w./~-]+\.(?:ya?ml|json|toml|ini|cfg))[`'\"]? (?:had|has|contains|holds) "
        r"(?:unknown|unexpected|invalid|unsupported) (?:keys?|fields?|options?):? ?"
        r"\(?\[?(?P<keys>['\"`]?\w[\w.-]*['\"`]?(?:, ?['\"`]?\w[\w.-]*['\"`]?){0,4})",
        fill=lambda values, case: {"keys": re.sub(r"['\"`]", "", values.get("keys", ""))},
    ),
    Rule(
        name="key-not-in-config",
        cause="config.invalid",
        types=r"(?:^|\.)Config(?:Key|Attribute)Error$|^KeyError$",
        says=r"Key '(?P<key>[\w.-]+)' (?:is )?not in (?!dataset)|Missing key (?P<missing>[\w.-]+)|"
        r"Non-existent config key: (?P<absent>[\w.-]+)",
        plain=False,
        fill=first_of("key", "missing", "absent"),
    ),
    Rule(
        name="no-direct-traffic-between-cards",
        cause="config.invalid",
        says=r"series doesn't support faster communication|P2P (?:access|communication) (?:is )?"
        r"not supported between|peer access is not supported between these two devices",
    ),
    Rule(
        name="tracker-value-changed",
        cause="config.invalid",
        says=r"(?:Param\w*|[Pp]arameter) with key[= ]'?(?P<key>[^'\s]{1,80})'? was already logged|"
        r"Changing param values is not allowed|Attempted to change value of key \"(?P<named>[^\"\n]"
        r"{1,80})\"",
        fill=first_of("key", "named"),
    ),
    Rule(
        name="scene-not-recognized",
        cause="config.invalid",
        says=r"Could not recognize scene type|No (?:COLMAP|colmap) (?:data|model|reconstruction) "
        r"(?:was )?found|[Cc]ould not find (?:a )?transforms\w*\.json|transforms\w*\.json "
        r"(?:does not exist|not found)",
    ),
    Rule(
        name="metric-of-best-model-missing",
        cause="config.invalid",
        types=r"^KeyError$",
        says=r"`metric_for_best_model` training argument is set to '(?P<metric>[\w/@.-]+)', which",
        plain=False,
    ),
    Rule(
        name="evaluated-on-nothing",
        cause="config.invalid",
        says=r"didn't pass an `?eval_dataset|requires an `?eval_dataset|without (?:an )?"
        r"`?eval_dataset",
    ),
    Rule(
        name="override-not-parsed",
        cause="config.invalid",
        says=r"(?:missing EQUAL|no viable alternative|mismatched input|extraneous input|"
        r"token recognition error)\b[^\n]{0,60}? at\b",
        plain=True,
    ),
    Rule(
        name="path-of-other-ending",
        cause="config.invalid",
        says=r"(?i)\b(?:file ?path|file ?name|path|file)\b[^\n]{0,40}? must end (?:in|with) "
        r"[`'\"]?(?P<ending>\.[a-z\d.]+[a-z\d])",
    ),
    Rule(
        name="usage",
        unless=r"\[Errno (?!98)|state[_ ]dict",
        plain=True,
        types=NO_BUG,
        cause="config.invalid",
        fill=_program,
        says=r"(?i)^usage: |^(?:[\w./-]+:? ){0,4}error: (?:argument|unrecognized|"
        r"the following arguments|ambiguous|invalid|one of the arguments)|no such option|"
        r"(?:invalid|missing|bad) (?:value(?!s\b)|argument|option|parameter)|(?:missing|unexpected|"
        r"unknown) (?:option|argument|command|parameter|flag|key)|got unexpected extra|"
        r"Could not consume arg|Flags parsing error|not used by the HfArgumentParser|"
        r"received no value for the required argument|remaining_argv: |unrecognized (?:arguments|"
        r"option|key|config)|No such command|requires an argument",
    ),
    Rule(
        name="option-not-taken-apart",
        cause="config.invalid",
        types=r"^(?:ValueError|TypeError|KeyError|IndexError)$",
        where=r"argparse\.py (?:take_action|_get_value|consume_optional)",
        plain=False,
    ),
    Rule(
        name="argument-unknown-to-cli",
        cause="config.invalid",
        types=r"SyntaxError$",
        says=r"'(?P<wrong>[\w=.-]+)' is not a valid \w+ argument"
        r"(?:[\s\S]{0,200}?arguments are (?:i\.e\. )?\[?'?(?P<right>[\w=.-]+))?",
        plain=False,
    ),
    Rule(
        name="spacy-config",
        over_root=True,
        cause="config.invalid",
        says=r"\[E\d{3,4}\] [^\n]*\bconfig|Config validation error",
    ),
    Rule(
        name="dataset-not-registered",
        over_root=True,
        cause="config.invalid",
        says=r"doesn't exist on the Hub|Undefined dataset (?P<dataset>[\w./-]+)|images not found|"
        r"missing path|images? root (?:does ?n.t|does not) exists?|Error loading data from|"
        r"(?:unknown|unregistered|no such) dataset:? ['\"]?(?P<named>[\w./-]+)|"
        r"Dataset ['\"][^'\"\n]+['\"] (?:error|is not registered|not found in registry)",
        fill=first_of("dataset", "named"),
    ),
    Rule(
        name="name-unknown-to-program",
        cause="config.invalid",
        says=r"(?i)\b(?P<what>template|optimi[sz]er|scheduler|loss|metric|backbone|preset|recipe|"
        r"callback|backend|stage|task|strategy|activation|algorithm|estimator|model_type|(?:reward|"
        r"advantage|attention) \w+):? ['\"`]?(?P<name>(?!is\b|does\b|"
        r"was\b)[\w.-]+)['\"`]? (?:does not exist|(?:is )?not (?:registered|supported|implemented|"
        r"available|defined|known|recogni[sz]ed))",
    ),
    Rule(
        name="token-for-the-hub",
        cause="config.invalid",
        says=r"[Tt]oken (?:must be|is not|was not|is) (?:specified|provided|given|set|required)"
        r"[^\n]{0,30}\bhub\b",
    ),
    Rule(
        name="not-in-registry",
        cause="config.invalid",
        types=r"KeyError$",
        says=r"(?P<name>\w+) is not in the (?P<registry>[\w: ]+?) registry",
        plain=False,
    ),
    Rule(
        name="monitored-metric-missing",
        cause="config.invalid",
        says=r"(?:monitor=|metric |"
        r"key )['\"`(]*(?P<metric>[\w/@.-]+)['\"`)]* (?:is )?(?:(?:could )?not f(?:ou|i)nd "
        r"(?:the monitored key )?in the returned metrics|which is not available)|"
        r"The `metric_for_best_model` training "
        r"argument is set to '(?P<best>[\w/@.-]+)', which is not",
        fill=first_of("metric", "best"),
        plain=True,
    ),
    Rule(
        name="parameter-out-of-range",
        cause="config.invalid",
        says=r"Check failed: \(?(?P<parameter>\w+)\)? *(?P<bound>[<>=!]=?) "
        r"*\(?(?P<limit>[\w.-]+)\)? at [^\n]{0,200}config\w*\.cpp",
        plain=True,
    ),
    Rule(
        name="parameter-out-of-bound",
        cause="config.invalid",
        says=r"value (?P<value>\S{1,60}) for Parameter (?P<parameter>\w+) (?:exceed bound "
        r"(?P<limits>[\[(][^\])\n]{1,60}[\])])|should be [a-z ]{1,40}(?P<least>[\d.-]+))|Invalid "
        r"Parameter format for (?P<named>\w+) expect",
        fill=first_of("parameter", "named"),
        plain=True,
    ),
    Rule(
        name="yaml-syntax",
        cause="config.invalid",
        types=r"^$",
        says=r"while (?:scanning|parsing) an? [a-z ]{3,30}$|mapping values are not allowed here|"
        r"could not find expected ':'|in \"[^\"\n]{1,200}\.ya?ml\", line \d+, column \d+",
        plain=True,
    ),
    Rule(
        name="misconfigured",
        cause="config.invalid",
        types=r"MisconfigurationException$",
        plain=False,
    ),
    Rule(
        name="batch-of-deepspeed",
        cause="config.invalid",
        says=r"Check batch related parameters[^\n]{0,140}?(?P<total>\d+) != (?P<micro>\d+) \* "
        r"(?P<steps_of>\d+) \* (?P<ranks>\d+)",
        plain=True,
    ),
    Rule(
        name="sizes-of-parallel-parts",
        cause="config.invalid",
        says=r"(?i)\b(?:world[_ ]?size|mpiSize|(?:(?:tensor|pipeline|data|context|expert|sequence|"
        r"model)[-_ ]+)+parallel(?:ism)?[-_ ]*(?:size|degree|world[-_ ]size)|\b(?:tp|pp|dp|cp|"
        r"ep)(?:_size)?|num(?:ber of)?[_ ](?:attention[_ ])?heads|num_gpus|"
        r"n_gpus_per_node)\b[^\n]{0,80}?(?:divisible|multiple of|==|!=|not equal|is (?:less|"
        r"smaller|greater|larger) than|does not match|must (?:be|equal))",
        unless=r"(?i)checkpoint|\bstate[_ ]dict",
        plain=True,
    ),
    Rule(
        name="generations-do-not-divide-batch",
        cause="config.invalid",
        says=r"evenly divisible\s+by the number of generations per prompt \((?P<count>\d+)\)",
    ),
    Rule(
        name="rows-do-not-divide",
        cause="config.invalid",
        says=r"equal chunk\. Got size of \w+ (?P<rows>\d+) and chunk (?P<parts_of>\d+)|"
        r"(?i:batch[ _]?size)[^\n]{0,20}?\b(?P<batch_of>\d+)[^\n]{0,40}(?:divisible by|multiple of)"
        r"[^\n\d]{0,60}(?P<count>\d+)",
        fill=lambda values, case: (
            first_of("rows", "batch_of")(values, case) | first_of("count", "parts_of")(values, case)
        ),
        plain=True,
    ),
    Rule(
        name="text-column-not-named",
        cause="config.invalid",
        says=r"(?:specify|provide|pass|need)\b[^\n]{0,60}`?(?:formatting_func|dataset_text_field)\b",
    ),
    Rule(
        name="class-of-settings",
        cause="config.invalid",
        types=r"^TypeError$",
        says=r"^(?P<class>\w+)\.__init__\(\) (?:got an unexpected keyword argument "
        r"'(?P<key>\w+)'|missing \d+ required (?:positional|keyword-only) arguments?: "
        r"(?P<missing>[^\n]{1,200}))",
        code=r"\*\*[^\n]{0,80}(?i:load|ya?ml|toml|cfg|conf|settings|params|opts|options|args)",
        elsewhere=r"-packages[\\/][^\n]*\Z",
        plain=False,
        weak=True,
    ),
    Rule(
        name="config-missing",
        cause="config.invalid",
        types=r"MissingConfigException$",
        says=r"(?:load|find primary config|find) '?(?P<name>[\w./-]+)",
        plain=False,
    ),
    Rule(
        name="number-is-text",
        cause="config.invalid",
        types=r"^TypeError$",
        says=r"not supported between instances of '(?:float|int|str)' and '(?:float|int|str)'",
        where=r"[\\/]torch[\\/]optim[\\/][^\n]*\Z|[\\/]transformers[\\/](?:training_args|"
        r"optimization)[^\n]*\Z",
        plain=False,
    ),
    Rule(
        name="interpolation-key",
        cause="config.invalid",
        says=r"Interpolation key '(?P<key>[^'\n]{1,200})' not found",
    ),
    Rule(
        name="hydra-key-not-there",
        cause="config.invalid",
        types=r"ConfigCompositionException$",
        says=r"To append to your config use (?P<appended>\+[^\s]{1,200})",
        plain=False,
    ),
    Rule(
        name="setting-without-value",
        cause="config.invalid",
        types=r"MissingMandatoryValue$|ConfigCompositionException$",
        says=r"Missing mandatory value: (?P<key>[\w./]+)|You must specify '(?P<group>[\w./]+)'",
        plain=False,
        fill=first_of("key", "group"),
    ),
    Rule(
        name="config-file",
        cause="config.invalid",
        types=r"(?:^|\.)yaml\.|TOMLDecodeError|configparser\.|omegaconf\.|hydra\.|"
        r"ConfigAttributeError|ConfigKeyError|MissingMandatoryValue|ConfigCompositionException|"
        r"OverrideParseException|DraccusException|gin\.|toml\.|ConfigError|ConfigurationError|"
        r"InvalidConfig|BadParameter|jsonargparse|(?:^|\.)ArgumentError|^SettingsError|"
        r"pydantic_settings|DuplicateOptionError|MissingConfigException|FlagsError|"
        r"IllegalFlagValueError|UnrecognizedFlagError",
        plain=False,
    ),
    Rule(
        name="settings-validation",
        over_root=True,
        cause="config.invalid",
        types=r"ValidationError$",
        says=r"validation errors? for \w*(?:Settings|Config\w*|Args|Arguments|Options|Params)\b",
        plain=False,
    ),
    Rule(
        name="config-validation",
        cause="config.invalid",
        fill=_program,
        types=r"(?:pydantic\S*|^)\.?(?:ValidationError|StrictDataclass\w*Error)$|"
        r"jsonschema\S*ValidationError",
        says=r"(?i)conf|setting|arg|param|option|hyper|spec|train|extra inputs|StrictDataclass|"
        r"field",
        plain=False,
    ),
    Rule(
        name="limit-named",
        cause="config.invalid",
        says=r"(?P<what>\b[A-Za-z][\w ]{2,40}?) (?:is )?too (?:high|large|big|low|small|many|few)\b"
        r"[^\n]{0,80}?(?P<bound><=|>=|at most|at least) ?(?P<limit>\d[\d.]*\d|\d)",
        fill=lambda values, case: {
            "way": "most" if values["bound"] in ("<=", "at most") else "least"
        },
    ),
    Rule(
        name="sentencepiece-setting",
        cause="config.invalid",
        says=r"trainer_spec_?\.(?P<parameter>\w{1,60}?)_?\(\)",
        fill=lambda values, case: {"least": _characters(case)},
    ),
    Rule(
        name="check-of-native-code",
        cause="code.error",
        types=r"^(?:\w+\.)*(?:ValueError|RuntimeError|TypeError|OSError|EnforceNotMet|"
        r"\w+Exception)$",
        says=r"^\((?:InvalidArgument|PreconditionNotMet|Unimplemented|Fatal|NotFound)\) |"
        r"\(at /paddle/|INTERNAL ASSERT FAILED|report a bug to PyTorch",
        plain=False,
    ),
]
