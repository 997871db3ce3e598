"""NaN and infinity."""

from lastwords.diagnosis.rules.rule import Rule

_LOWER = (
    ("Train with a lower rate, and a warm-up", "--learning-rate 1e-5 --warmup-ratio 0.1"),
    ("Use bf16 or float32 instead of fp16", "--bf16"),
    ("Find the first operation at fault", "torch.autograd.set_detect_anomaly(True)"),
)

RULES = [
    Rule(
        name="not-finite",
        cause="numeric.nan",
        title="Numbers became NaN or infinite",
        means="A loss, gradient, weight or probability is no longer a finite number.",
        why="The learning rate is too high, fp16 overflowed, or the data holds NaN or log(0).",
        todo=_LOWER,
        source="pytorch.org/docs/stable/autograd.html#anomaly-detection",
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
        unless=r"Cannot convert non-finite values|\bInput (?:X |y )?contains ",
    ),
    Rule(
        name="floating-point",
        cause="numeric.nan",
        title="Numbers became NaN or infinite",
        means="A floating-point operation had no finite result.",
        why="A division by zero, a logarithm of zero, or an overflow.",
        todo=_LOWER,
        source="docs.python.org/3/library/exceptions.html#FloatingPointError",
        types=r"^FloatingPointError$|^OverflowError$",
        says=r"(?i)overflow|invalid value|divide by zero|infinity|out of range|too large|underflow|"
        r"nan|math range|loss|step",
        plain=False,
    ),
    Rule(
        name="math-range",
        cause="numeric.nan",
        title="A number left the range that can be computed",
        means="exp or log of the loss has no finite value.",
        why="The loss is very large, NaN, or zero.",
        todo=_LOWER,
        source="docs.python.org/3/library/math.html",
        types=r"^(?:ValueError|OverflowError)$",
        says=r"math (?:range|domain) error",
        plain=False,
    ),
    Rule(
        name="asserted-finite",
        cause="numeric.nan",
        title="Numbers became NaN or infinite",
        means="The program checked that a number is finite, and it was not.",
        why="The learning rate is too high, fp16 overflowed, or the data holds NaN.",
        todo=_LOWER,
        source="pytorch.org/docs/stable/generated/torch.isfinite.html",
        types=r"^(?:AssertionError|RuntimeError|ValueError)$",
        code=r"assert\b.*is(?:finite|nan|inf)",
        plain=False,
        weak=True,
    ),
]
