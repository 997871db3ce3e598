"""Values of settings, of the environment and of a shell that are refused or missing."""

from lastwords.diagnosis.rules.configuration import NO_BUG
from lastwords.diagnosis.rules.rule import Rule

RULES = [
    Rule(
        name="refused-value",
        broad=True,
        unless=r"\[Errno (?!98)|\b(?:input_ids|inputs_embeds)\b|"
        r"\bhidden[ _]size\b[^\n]*\b(?:model|base|checkpoint)\b",
        plain=True,
        types=NO_BUG,
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
