"""NaN and infinity."""

from lastwords.diagnosis.rules.rule import Rule

RULES = [
    Rule(name="nan-in-latents", cause="numeric.nan", says=r"NaN (?:detected|found) in latents"),
    Rule(
        name="not-finite",
        vague=True,
        broad=True,
        cause="numeric.nan",
        says=r"contains either `?inf`?, `?nan`?|returned nan values|(?i:(?:non-?finite|not finite|"
        r"\bnan\b|\binf(?:inity)?\b)[^\n]{0,80}(?:loss|grad|norm|weight|param|logit|activation|"
        r"detected|encountered|stopping|abort|at step|in step|value))|(?i:(?:loss|likelihood|"
        r"objective|elbo|grad\w*|norm|weights?|params?|logits?|activations?|perplexity|values?|"
        r"outputs?)\b[^\n]{0,80}(?:\bnan\b|non-?finite|not finite|\binf(?:inity|inite)?\b|"
        r"diverged))|cannot convert float (?:NaN|infinity)|found invalid values:|"
        r"not JSON compliant|contained non-finite values|ill-conditioned|Input contains NaN|"
        r"loss (?:has )?(?:diverged|exploded)|array must not contain infs|"
        r"(?i:\bnan\b[^\n]{0,40}(?:found|detected|encountered)|training diverged)|"
        r"Minimum loss scale reached|loss scale[^\n]{0,60}minimum",
        unless=r"Invalid classes inferred|Cannot convert non-finite values|\bInput (?:X |"
        r"y )?contains |cat_features?\b|Input data contains|\b[Ll]abels? contains?\b",
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
        name="outside-of-domain",
        cause="numeric.nan",
        types=r"^ValueError$",
        says=r"math domain error|expected a (?:positive|nonnegative) input",
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
