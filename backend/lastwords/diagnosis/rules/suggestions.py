"""What a message itself says to do: a variable to set, code to write, or a sentence of advice."""

import re

from lastwords.diagnosis.case import Case

_VARIABLE = re.compile(
    r"(?i:run(?:ning)? with|set(?:ting)? (?:the )?(?:environment )?(?:variable )?|export|variable) "
    r"`?(?P<set>[A-Z][A-Z\d_]{4,60}=\w{1,20})\b"
)
_FOR_A_CLOSER_LOOK = re.compile(
    r"BLOCKING|VERBOSE|DEBUG|FULL_ERROR|FILTERING|LOGS|ALLOC_CONF|TRACE|DSA"
)
_SUGGESTED = re.compile(
    r"(?i:(?:by|try|please|can|must|should|either|or|to) (?:\w+ ){0,3}?(?:set|setting|use|using|"
    r"call|calling|pass|passing|deleting)\b)[^`\n]{0,60}`(?P<code>[\w.]{2,80}(?:\([^`\n]{0,80}\)|"
    r"(?:=|: )[^`\n]{1,80}))`|(?:for example|e\.g\.)[:,]? (?P<flag>--[a-z][\w-]{1,40}(?:[= "
    r"][\w.]{1,40})?)"
)
_SENTENCE = re.compile(
    r"(?:^|[.!?:;] )(?P<said>(?:Please |You (?:can|should|must|need to|may|have to) |Try |"
    r"Consider |Make sure |Ensure |Either |To (?:fix|use|solve|resolve|avoid|enable|disable|train|"
    r"load) |"
    r"(?:Use|Set|Install|Add|Pass|Increase|Decrease|Reduce|Lower|Raise|Remove|Rename|Upgrade|"
    r"Update|Downgrade|Check|Run|Specify|Provide|Choose|Select|Convert|Call|Did you mean)\b )"
    r"[^\n]{8,220}?)(?:[.!?](?= |$)|$)",
    re.MULTILINE,
)
_MEANT = re.compile(r"Did you mean:? ['\"`](?P<meant>[\w.-]{1,80})['\"`]")
_NO_HELP = re.compile(
    r"(?i)\bissue\b|\breport\b|\bcontact\b|\bdocumentation\b|\bsee\b|\brefer\b|\bgithub\b|\bdebug|"
    r"\bwait\b|for more (?:info|details)|\btry again\b"
)


def variable(case: Case) -> str:
    """The environment variable that the message itself says to set, unless to see more of it."""
    found = _VARIABLE.search(case.said)
    return found["set"] if found is not None and not _FOR_A_CLOSER_LOOK.search(found["set"]) else ""


def code(case: Case) -> str:
    """The code or option that the message itself suggests."""
    found = _SUGGESTED.search(case.said)
    return (found["code"] or found["flag"]).rstrip(".") if found is not None else ""


def meant(case: Case) -> str:
    """The name that Python, or a command, takes for the one that was meant."""
    found = _MEANT.search(case.said)
    return found["meant"] if found is not None else ""


def sentence(case: Case) -> str:
    """The sentence in which the message says what to do."""
    for found in _SENTENCE.finditer(case.said):
        if not _NO_HELP.search(found["said"]) and not _FOR_A_CLOSER_LOOK.search(found["said"]):
            return found["said"].strip()
    return ""
