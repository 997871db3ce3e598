"""Adapters that find no module to adapt, or were made for another model."""

import re

from lastwords.diagnosis.case import Case
from lastwords.diagnosis.rules.advice import Values
from lastwords.diagnosis.rules.named import model_in
from lastwords.diagnosis.rules.rule import Rule

_LEAF = re.compile(r"\(([\w.]+)\): (?:Linear|Conv1D|NonDynamicallyQuantizableLinear)\(")
_DOTTED = re.compile(r"\b(?:[a-z]\w*\.){2,40}(?P<leaf>[a-z]\w*?)\.weight\b")
_CLASS = re.compile(
    r"\b(?P<family>MT5|T5|GPT2|Llama|Mistral|Qwen|Gemma|OPT|Phi|Bart|Bert|Roberta|Falcon|Bloom|"
    r"GPTNeoX)\d*(?:For[A-Z]|LMHead|Model\b|Config\b|Attention\b)"
)
_FAMILIES = (
    (r"t5|ul2|bart0", "q,v"),
    (r"gpt-?2|distilgpt", "c_attn"),
    (r"llama|mistral|mixtral|qwen|smollm|gemma|\bopt\b|phi|bart|pegasus|vicuna", "q_proj,v_proj"),
    (r"bert|electra", "query,value"),
    (r"falcon|bloom|neox|pythia", "query_key_value"),
)
_HEADS = {"lm_head", "score", "classifier", "embed_out"}


def _modules(values: Values, case: Case) -> Values:
    """The linear modules that the log shows, else those usual for the model's family."""
    text = case.tail_text
    refused = "\n".join(part.said for part in case.parts) or text[-4000:]
    names = {name for name in _LEAF.findall(text) if not name.isdigit()}
    names |= {found["leaf"] for found in _DOTTED.finditer(text) if "norm" not in found["leaf"]}
    shown = sorted(names - _HEADS)[:12]
    chosen = ",".join(shown) or _usual(str(case.ending.facts.get("baseModel") or ""), text)
    wrong = any(re.search(rf"\b{re.escape(name)}\b", refused) for name in chosen.split(",") if name)
    chosen = "" if wrong else chosen
    return {"targets": chosen, "modules": str(chosen.split(",")) if chosen else ""} | {
        "model": model_in(case)
    }


def _usual(model: str, text: str) -> str:
    found = _CLASS.search(text)
    name = (model or (found["family"] if found is not None else "")).lower()
    return next((targets for pattern, targets in _FAMILIES if re.search(pattern, name)), "")


RULES = [
    Rule(
        name="adapter-for-other-architecture",
        cause="adapter.mismatch",
        says=r"(?s)Target modules? .{0,2000}?(?:not found in the base model|is not supported)",
        where=r"peft/(?:peft_model|mixed_model|auto)\.py (?:from_pretrained|load_adapter)|"
        r"transformers/integrations/peft\.py load_adapter",
        plain=False,
    ),
    Rule(
        name="target-modules",
        cause="adapter.target_modules",
        says=r"Target modules? .{0,400}?not found in the base model|No modules were targeted|"
        r"Please specify `?target_modules`?|(?s:Target module .{0,2000}?is not supported)|"
        r"(?:layers_to_transform|layers_pattern|exclude_modules)[^\n]{0,200}(?:match|found|exclud)|"
        r"There are not any lora modules in this network|target_parameters.{0,200}not found|"
        r"modules_to_save[^\n]{0,100}not found|"
        r"(?i:no (?:matching |target )?modules?[^\n]{0,60}(?:match|target|found)[^\n]{0,60})"
        r"(?:lora|adapter|target)|(?i:target modules? [^\n]{0,120}(?:not (?:found|in)|missing))",
        fill=_modules,
    ),
    Rule(
        name="adapter-mismatch",
        cause="adapter.mismatch",
        says=r"(?s)Error\(s\) in loading state_dict for \w*Peft\w*|(?:size mismatch|"
        r"shape)[^\n]{0,200}(?:lora_|prompt_encoder|prompt_embeddings|ia3_|adapter)|(?:missing|"
        r"unexpected) adapter keys|(?i:adapter[^\n]{0,80}(?:was (?:trained|made|created)|"
        r"does not (?:match|fit)|incompatible|mismatch|not compatible)[^\n]{0,80})|"
        r"(?i:adapter[^\n]{0,60}expects? (?:base )?model)|(?i:(?:model|base)[^\n]{0,60}(?:does not|"
        r"doesn't|do not) match[^\n]{0,60}adapter)",
        unless=r"(?i)checksum|sha256|\bhash\b",
    ),
    Rule(
        name="nothing-learns",
        cause="code.error",
        says=r"optimizer got an empty parameter list|does not require grad and does not have a "
        r"grad_fn",
    ),
]
