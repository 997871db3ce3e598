"""NaN and infinity."""

from lastwords.diagnosis.rules.rule import Rule

RULES = [
    Rule(name="nan-in-latents", cause="numeric.nan", says=r"NaN (?:detected|found) in latents"),
    Rule(
        name="not-finite",
        cause="numeric.nan",
        says=r"contains either `?inf`?, `?nan`?|returned nan values|"
        r"(?i:(?:non-?finite|not finite|\bnan\b|\binf(?:inity)?\b)[^\n]{0,80}(?:loss|grad|norm|"
        r"weight|param|"
        r"logit|activation|detected|encountered|stopping|abort|at step|in step|value))|"
        r"(?i:(?:loss|grad\w*|norm|weights?|params?|logits?|activations?|perplexity|values?|"
        r"outputs?)\b"
        r"[^\n]{0,80}(?:\bnan\b|non-?finite|not finite|\binf(?:inity|inite)?\b|diverged))|"
        r"cannot convert float (?:NaN|infinity)|"
        r"found invalid values:|not JSON compliant|contained non-finite values|"
        r"ill-conditioned|Input contains NaN|loss (?:has )?(?:diverged|exploded)|array must not "
        r"contain infs|"
        r"(?i:\bnan\b[^\n]{0,40}(?:found|detected|encountered)|training diverged)|"
        r"Minimum loss scale reached|loss scale[^\n]{0,60}minimum",
        unless=r"Invalid classes inferred|Cannot convert non-finite values|\bInput (?:X |"
        r"y )?contains ",
    ),
    Rule(
        name="floating-point",
        cause="numeric.nan",
        types=r"^FloatingPointError$|^OverflowError$",
        says=r"(?i)overflow|invalid value|divide by zero|infinity|out of range|too large|underflow|"
        r"nan|math range|loss|step",
        plain=False,
    ),
    Rule(
        name="math-range",
        cause="numeric.nan",
        types=r"^(?:ValueError|OverflowError)$",
        says=r"math (?:range|domain) error",
        plain=False,
    ),
    Rule(
        name="asserted-finite",
        cause="numeric.nan",
        types=r"^(?:AssertionError|RuntimeError|ValueError)$",
        code=r"assert\b.*is(?:finite|nan|inf)",
        plain=False,
        weak=True,
    ),
]
