"""Arguments, options and configuration files that a program refuses."""

import re

from lastwords.diagnosis.case import Case
from lastwords.diagnosis.rules.advice import Values
from lastwords.diagnosis.rules.rule import Rule

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


_NO_BUG = r"^(?!(?:.*DecodeError|TypeError|AttributeError|NameError|UnboundLocalError|IndexError)$)"

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
        name="usage",
        unless=r"\[Errno (?!98)|state[_ ]dict",
        plain=True,
        types=_NO_BUG,
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
        fill=lambda values, case: {"dataset": values.get("dataset") or values.get("named", "")},
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
        name="key-not-in-config",
        cause="config.invalid",
        types=r"(?:^|\.)Config(?:Key|Attribute)Error$|^KeyError$",
        says=r"Key '(?P<key>[\w.-]+)' (?:is )?not in (?!dataset)|Missing key (?P<missing>[\w.-]+)|"
        r"Non-existent config key: (?P<absent>[\w.-]+)",
        plain=False,
        fill=lambda values, case: {
            "key": next(filter(None, map(values.get, ("key", "missing", "absent"))), "")
        },
    ),
    Rule(
        name="monitored-metric-missing",
        cause="config.invalid",
        says=r"(?:monitor=|metric |"
        r"key )['\"`(]*(?P<metric>[\w/@.-]+)['\"`)]* (?:is )?(?:(?:could )?not f(?:ou|i)nd "
        r"(?:the monitored key )?in the returned metrics|which is not available)|"
        r"The `metric_for_best_model` training "
        r"argument is set to '(?P<best>[\w/@.-]+)', which is not",
        fill=lambda values, case: {"metric": values.get("metric") or values.get("best", "")},
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
        fill=lambda values, case: {"parameter": values.get("parameter") or values.get("named", "")},
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
        name="check-of-native-code",
        cause="code.error",
        types=r"^(?:\w+\.)*(?:ValueError|RuntimeError|TypeError|OSError|EnforceNotMet|"
        r"\w+Exception)$",
        says=r"^\((?:InvalidArgument|PreconditionNotMet|Unimplemented|Fatal|NotFound)\) |"
        r"\(at /paddle/|INTERNAL ASSERT FAILED|report a bug to PyTorch",
        plain=False,
    ),
    Rule(
        name="refused-value",
        broad=True,
        unless=r"\[Errno (?!98)|\b(?:input_ids|inputs_embeds)\b|"
        r"\bhidden[ _]size\b[^\n]*\b(?:model|base|checkpoint)\b",
        plain=True,
        types=_NO_BUG,
        cause="config.invalid",
        says=r"(?i)\bspecified (?:in |by )?both\b|is not a valid \w+(?:Strategy|Type|Names|Mode|"
        r"Type|Backend|Class)?\b[^\n]{0,40}(?:select|choose|please|, )|[Pp]lease (?:increase|"
        r"decrease|reduce|lower|raise) [a-z]\w* (?:\w+ )?or |load_best_model_at_end|(?:requires|"
        r"require) (?:the )?(?:save|eval)\w* (?:and|strategy|steps)|requires either non-zero|"
        r"without (?:an )?`?eval_dataset|didn't pass an `?eval_dataset|[Ii]nvalid (?:learning rate|"
        r"momentum|weight_decay|beta|epsilon|lr|dropout|batch|value for|choice|mixed precision|"
        r"optimizer|precision|argument|option|setting|config|parameter|device string|strategy|"
        r"scheduler|rank|hyper)|should be a positive (?:integer|float|number) value,? but|"
        r"must be (?:a )?(?:strictly )?positive|Could not interpret (?:loss|optimi[sz]er|metric|"
        r"activation|initializer)|num_workers option should be|prefetch_factor option could|"
        r"dropout probability has to be|mutually exclusive|max_steps has to be specified|"
        r"[Uu]nknown (?:objective|optimi[sz]er|scheduler|mixed_precision|model type|dataset type|"
        r"activation|loss|strategy|backend|task|method|precision|adapter|config|setting|device|"
        r"option)|environment variable \w+ expected, but not set|(?:environment|"
        r"env) ?var\w*[^\n]{0,60}(?:not set|missing|required|must be set|undefined|unset)|(?:must|"
        r"has to|should|needs to) be (?:one of|in (?:the )?(?:range|\[|\()|between|set|specified|"
        r"given|greater|less|larger|smaller|at least|at most|>|<|an? (?:integer|int|float|number|"
        r"bool|positive|dictionary)|divisible|positive|non-negative)|(?:expected|supported|allowed|"
        r"available|valid|possible) (?:values|options|choices|one of|types|modes)[^\n]{0,20}(?:are|"
        r"is|:|\[)|cannot (?:both )?be (?:used|set|combined|specified) (?:together|with|at the)|"
        r"can(?:not|'t) (?:use|set|combine|specify) [^\n]{0,60}(?:together|at the same time|with|"
        r"and)|You (?:can't|cannot|can not|must|have to|should|need to) (?:specify|set|pass|"
        r"provide|choose|use|enable)|not a (?:valid|supported|recognized|known) (?:optimi[sz]er|"
        r"scheduler|option|value|choice|backend|precision|dtype|strategy|task|method|setting|"
        r"config)|not in (?:the )?(?:list of )?(?:allowed|supported|valid|known)|"
        r"(?:config(?:uration)?|setting|option|argument|parameter|hyperparameter|"
        r"flag)s?\b[^\n]{0,80}(?:invalid|missing|required|not (?:valid|allowed|supported|"
        r"recognized|set|found|known)|unknown|must|expects?)|\b(?:learning[_ ]rate|batch[_ ]size|"
        r"epochs|lora_\w+|warmup\w*|max_(?:length|steps)|dropout|r|alpha|lr)['`\"]? (?:must|should|"
        r"has to|cannot|is (?:out of|not|negative|too))|unknown (?:\w+ ){1,2}[\w.]+ ?[=:] ?['\"]|"
        r"(?:at most|only|exactly) one of|but not both|(?:can't|cannot|must not|"
        r"should not) be None|You must (?:either )?(?:define|give|select|supply)|"
        r"Expected one of [^\n]{0,400} device type|num_beams|[Uu]nsupported (?:value|option|"
        r"precision|optimi[sz]er|strategy|method|task|dtype|mode)|"
        r"batch_size\b[^\n]{0,60} (?:is not equal to|does not equal)|is not supported for (?:task|"
        r"method|peft)|unscale FP16 gradients",
    ),
    Rule(
        name="environment-variable",
        cause="config.invalid",
        types=r"^KeyError$",
        says=r"^'(?P<key>\w+)'$",
        where=r"os\.py __getitem__|<frozen os> __getitem__",
        plain=False,
    ),
    Rule(
        name="shell-variable",
        cause="config.invalid",
        says=r"\b(?P<key>[A-Za-z_]\w*): (?:unbound variable|parameter (?:null or )?not set)$",
        types=r"^$",
        plain=True,
        tail=True,
    ),
    Rule(
        name="shell-syntax",
        cause="code.error",
        says=r"^(?P<script>[\w./-]+): (?:line )?\d+: (?:syntax error|[Ss]yntax error:|"
        r"unexpected EOF while looking)",
        types=r"^$",
        plain=True,
        tail=True,
    ),
    Rule(
        name="environment-value",
        cause="config.invalid",
        types=r"^(?:ValueError|TypeError|KeyError)$",
        code=r"os\.(?:environ|getenv)|\benviron\[",
        plain=False,
    ),
    Rule(
        name="config-key",
        cause="config.invalid",
        types=r"^(?:KeyError|AttributeError|TypeError|ValueError|FileNotFoundError)$",
        says=r"(?:^['\"]?(?P<key>[\w.]+)['\"]?$|(?P<rest>.+))",
        unless=r"has no attribute '\w*(?:config|cfg|conf|params|opts|settings)'",
        code=r"(?i)\b(?:cfg|conf|config|settings|hparams|hyper\w*|params|opts?|options|"
        r"training_args|"
        r"train_cfg|\w+_(?:cfg|conf|config|params))\s*(?:\[|\.get\(|\()(?![^\n]*from_pretrained)",
        plain=False,
        weak=True,
    ),
    Rule(
        name="setting-refused-by-own-check",
        cause="config.invalid",
        types=r"^(?!(?:\w+\.)*(?:KeyError|TypeError|AttributeError|IndexError|NameError)$)",
        says=r"(?i)(?<![\w/])(?:warmup_\w+|(?:\w+_)?batch_size|num_\w+|n_(?:heads?|layers?|embd)|"
        r"max_\w+|min_\w+|\w+_(?:rate|ratio|steps|epochs|interval|strategy|policy|backend|mode|"
        r"scheduler|precision|dropout|heads|layers|rank|alpha|decay)|learning rate|batch size|"
        r"warm-?up|epochs?|lr|dropout|optimi[sz]er|scheduler|precision|--[a-z][\w-]+)\b"
        r"[^\n]{0,60}?(?:exceed|must|should|cannot|invalid|unsupported|unknown|expected|larger|"
        r"smaller|greater|less|out of range|negative|positive|divisible|incompatible|conflict|"
        r"not (?:a |an |in |allowed|supported|known|set|given|one|valid)|required|too (?:large|"
        r"small|high|low|long|short)|[<>]=? ?[\w.-]+$)",
        unless=r"(?i)\b(?:loss|grad|nan|inf|row|record|example|sample|checkpoint|state[_ ]dict|"
        r"tokens?)\b",
        code=r"(?m)^(?:raise|assert)\b(?![\s\S]*\n)",
        plain=False,
        weak=True,
    ),
    Rule(
        name="config-file-missing",
        cause="config.invalid",
        types=r"FileNotFoundError",
        says=r"(?i)No such file or directory: '[^']*(?:\.ya?ml|\.toml|\.ini|\.cfg|"
        r"(?:conf|cfg|setting|param|args)[^'/]*\.json|ds_\w+\.json)'",
    ),
    Rule(
        name="script-missing",
        cause="config.invalid",
        says=r"can't open file '",
        tail=True,
    ),
    Rule(
        name="folder-of-script-missing",
        cause="config.invalid",
        says=r"\bcd: (?P<path>[^\n:]{1,300}): No such file or directory$",
        types=r"^$",
        plain=True,
        tail=True,
    ),
]
