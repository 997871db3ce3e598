"""What secrets look like: patterns whose group (or else the whole match) is to be masked.

Bounded everywhere, so that no text makes them slow; only that of keys reaches over a line's end.
Forms and lengths of tokens are those of gitleaks (config/gitleaks.toml), loosened to a minimum.
"""

import re

# What stands in a secret's place in texts that hold none.
_NO_VALUE = (
    r"(?!(?:none|null|nil|true|false|yes|no|empty|unset|missing|required|invalid|expired|incorrect|"
    r"wrong|denied|redacted|hidden|masked|unknown|undefined|optional|str|string|int|bytes|not|is|"
    r"was|must|should|for|the|and|or)\b)(?![*•.x]{3,})"
)

_SPACE = r"(?: |%20|\+)"  # as it is, and in a URL
KEY_BEGINS = re.compile(rf"-----BEGIN{_SPACE}(?:[A-Z0-9]|{_SPACE}){{0,40}}?PRIVATE{_SPACE}KEY")
PRIVATE_KEY = re.compile(
    rf"-----BEGIN{_SPACE}(?P<kind>(?:[A-Z0-9]|{_SPACE}){{0,40}}?PRIVATE{_SPACE}KEY"
    rf"(?:{_SPACE}BLOCK)?)-----(?P<secret>"
    rf"(?:[^-]|-(?!----BEGIN)){{0,16384}}?-----END{_SPACE}(?P=kind)-----|"
    r"(?:\\[rn]|\s|[│|]){0,40}[A-Za-z0-9+/=]{4,80}"
    r"(?:(?:\\[rn]|\s|[│|]){0,40}[A-Za-z0-9+/=]{20,80}){0,200}|)"
)
LONGEST_KEY = 26_000  # characters

# What ends in a letter or digit and is no part of the word behind it: an escape in JSON, in Python
# or in a URL, and the end of a colour's.
_ESCAPE = r"(?:%[0-9A-Fa-f]{2}|\\(?:[abefnrtv]|x[0-9A-Fa-f]{2}|u[0-9A-Fa-f]{4})|[0-9;\[]m)"


def _word(pattern: str, alone: str = r"(?<![A-Za-z0-9])") -> tuple[re.Pattern[str], ...]:
    """A pattern where a word begins. Two, since one that begins with a choice is twice as slow."""
    return re.compile(alone + pattern), re.compile(_ESCAPE + pattern)


_VENDORS = (
    r"(?P<secret>"
    # Hugging Face, OpenAI, Anthropic, Groq, NVIDIA, Replicate, Weights & Biases
    r"hf_(?=[A-Za-z]{0,15}[0-9])[A-Za-z0-9]{8,200}|hf_[A-Za-z0-9]{16,200}|api_org_[A-Za-z0-9]{16,200}|"
    r"sk-(?:ant|proj|svcacct|admin|or)-[A-Za-z0-9_-]{8,400}|"
    r"sk-(?=[A-Za-z_-]{0,60}[0-9])[A-Za-z0-9_-]{16,400}|sk-[A-Za-z]{32,400}|"
    r"gsk_[A-Za-z0-9]{20,200}|nvapi-[A-Za-z0-9_-]{20,200}|r8_[A-Za-z0-9]{30,60}|"
    r"wandb_v1_[A-Za-z0-9_]{16,200}|"
    # GitHub, GitLab, npm, PyPI, Docker, Slack, Stripe, SendGrid, Telegram
    r"gh[pousr]_[A-Za-z0-9]{16,400}|github_pat_[A-Za-z0-9_]{16,400}|"
    r"gl(?:pat|dt|rt|ft|cbt|ptt|imt|soat|agent)-[A-Za-z0-9_-]{16,200}|"
    r"npm_[A-Za-z0-9]{30,60}|pypi-[A-Za-z0-9_-]{30,400}|dckr_pat_[A-Za-z0-9_-]{20,60}|"
    r"xox[abeoprs]-[A-Za-z0-9-]{10,400}|xapp-[A-Za-z0-9-]{10,400}|"
    r"[sr]k_(?:live|test)_[A-Za-z0-9]{10,200}|SG\.[A-Za-z0-9_-]{16,60}\.[A-Za-z0-9_-]{16,60}|"
    r"[0-9]{8,10}:AA[A-Za-z0-9_-]{30,40}|"
    # AWS, Google, DigitalOcean, Vault, JSON web tokens, age
    r"(?:A3T[A-Z0-9]|AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{12,60}|AIza[A-Za-z0-9_-]{30,60}|"
    r"ya29\.[A-Za-z0-9_-]{20,400}|do[opr]_v1_[a-f0-9]{40,80}|hv[sb]\.[A-Za-z0-9_-]{20,400}|"
    r"eyJ[A-Za-z0-9_-]{8,4000}\.[A-Za-z0-9_-]{8,8000}\.?[A-Za-z0-9_-]{0,2000}|"
    r"AGE-SECRET-KEY-1[A-Z0-9]{50,60}|"
    # Databricks, xAI, Perplexity, LangSmith, Pinecone, RunPod, Tailscale
    r"dapi[a-f0-9]{32}|xai-[A-Za-z0-9]{40,100}|pplx-[A-Za-z0-9]{40,60}|"
    r"lsv2_(?:pt|sk)_[a-f0-9_]{40,60}|pcsk_[A-Za-z0-9_]{40,80}|rpa_[A-Za-z0-9]{40,60}|"
    r"tskey-[a-z]{3,10}-[A-Za-z0-9-]{20,80}|"
    # Discord, Square, Linear, Twilio, Shopify, Atlassian, Mailgun
    r"[MNO][A-Za-z0-9_-]{23,27}\.[A-Za-z0-9_-]{6}\.[A-Za-z0-9_-]{27,40}|"
    r"sq0(?:atp|csp)-[A-Za-z0-9_-]{22,43}|lin_api_[A-Za-z0-9]{40}|SK[0-9a-f]{32}|"
    r"shp(?:at|ca|pa|ss)_[A-Fa-f0-9]{32}|ATATT3[A-Za-z0-9_=-]{60,300}|key-[0-9a-f]{32}"
    r")"
)

# Tokens of one length only, which can be known again where a terminal broke them in two.
FIXED_LENGTH = re.compile(
    r"(?<![A-Za-z0-9])(?:hf_[A-Za-z0-9]{34}|gh[pousr]_[A-Za-z0-9]{36}|github_pat_[A-Za-z0-9_]{82}|"
    r"glpat-[A-Za-z0-9_-]{20}|(?:AKIA|ASIA)[A-Z0-9]{16}|AIza[A-Za-z0-9_-]{35})"
)
LONGEST_FIXED = 100

_ASSIGNED = r"(?:\\?[\"'])?[ \t]{0,8}(?:=>|[=:])[ \t]{0,8}"
_VALUE = (
    rf"(?:\"(?P<a>{_NO_VALUE}[^\"\n]{{4,4000}})|'(?P<b>{_NO_VALUE}[^'\n]{{4,4000}})|"
    rf"\\\"(?P<c>[^\"\\\n]{{4,4000}})|(?P<d>{_NO_VALUE}[^\s\"',;&<>()\[\]{{}}\\]{{6,4000}}))"
)
_NAME = (
    r"(?=[psacemlribxh_-])"  # what each begins with: no other character is looked at twice
    r"(?:pass(?:word|wd|phrase|code)(?:[_-]?hash)?|pwd|secrets?(?:[_-]?(?:access[_-]?)?key)?|"
    r"credentials?|connection[_-]?string|"
    r"(?:api|access|auth|private|account|shared|signing|encryption|master|license|ssh|client)"
    r"[_-]?key|apikey|"
    r"(?:access|auth|refresh|id|session|security|bearer|csrf|xsrf|api|login|hub|hf)[_-]?token|"
    r"(?<!pad)(?<!eos)(?<!bos)(?<!unk)(?<!sep)(?<!cls)(?<!mask)(?<!image)(?<!audio)(?<!video)"
    r"(?<!special)(?<!added)(?<!next)(?<!last)(?<!first)(?<!start)(?<!end)(?<!stop)[_-]token(?!\W{1,12}[0-9.]{1,15}(?:[\s,;)}\]]|$)))"
)

LINES = (
    # name=value, name: value, "name": "value", --name value
    re.compile(rf"(?i){_NAME}{_ASSIGNED}{_VALUE}"),
    re.compile(rf"(?i)--[a-z-]{{0,40}}(?:{_NAME}|token)[ \t]{{1,8}}(?!-){_VALUE}"),
    *_word(rf"[A-Z][A-Z0-9_]{{0,60}}_(?:KEY|DSN|PAT|AUTH){_ASSIGNED}{_VALUE}"),
    *_word(
        r"(?i:token)[\"']?[ \t]{0,8}[=:][ \t]{0,8}[\"']?"
        r"(?P<secret>(?=[\w.~+/-]{0,40}[0-9])[\w.~+/-]{8,4000}=*)",
        r"(?<!\w)",
    ),
    # what HTTP carries
    re.compile(
        r"(?i)(?:proxy-)?authorization[\"']?[ \t]{0,8}[:=][ \t]{0,8}(?:b?[\"'])?"
        r"(?:(?:bearer|basic|token|apikey|api-key|key|negotiate|ntlm)[ \t]{1,8}"
        r"(?P<a>[^\s\"',;]{4,8000})|"
        r"(?:digest|hawk|oauth|signature|aws4-hmac-sha256|sharedkey)[ \t]{1,8}"
        r"(?P<b>[^\n]{4,8000})|(?P<c>[^\s\"',;]{12,8000}))"
    ),
    re.compile(
        r"(?i)(?:x-[a-z-]{0,40}(?:key|token|auth)|api-key|private-token)[\"']?[ \t]{0,8}[:=]"
        r"[ \t]{0,8}[\"']?(?P<secret>[^\s\"',;]{6,4000})"
    ),
    *_word(
        r"(?i:(?:set-)?cookies?)[\"']?[ \t]{0,8}[:=][ \t]{0,8}[\"']?"
        r"(?P<secret>[\w.!#$%&*+^`|~-]{1,200}=[^\s\"',;]{4,8000}(?:;[ \t]?[^\n\"',]{1,8000})?)",
        r"(?<![\w-])",
    ),
    re.compile(
        r"(?i:bearer)[ \t]{1,8}(?P<secret>(?=[^\s\"']{0,60}[0-9_.=+/-])[A-Za-z0-9._~+/=-]{8,8000})"
    ),
    re.compile(
        r"(?i:basic)[ \t]{1,8}(?P<secret>(?=[A-Za-z0-9+/]{0,200}(?:[a-z][A-Z]|[0-9]|=))"
        r"[A-Za-z0-9+/]{8,4000}={0,2})"
    ),
    # URLs: passwords, tokens as the user, secrets in the query, webhooks
    re.compile(
        r"[A-Za-z][A-Za-z0-9+.-]{1,20}://[^\s/:@'\"?#]{0,200}:(?P<secret>[^\s/'\"<>]{1,500})@(?=[\w.\[-])"
    ),
    re.compile(r"(?i)%3A%2F%2F[^\s&%]{0,200}%3A(?P<secret>[^\s&\"'<>]{1,500}?)%40"),
    re.compile(r"https?://(?P<secret>[^\s/:@'\"?#]{16,500})@(?=[\w.\[-])"),
    re.compile(
        r"(?i)[?&;](?:[\w-]{0,40}(?:token|secret|password|passwd|signature|credential|api_?key|"
        r"access_?key)|key|sig|auth|pwd|code)=(?P<secret>[^\s&\"'<>#]{6,4000})"
    ),
    re.compile(r"hooks\.slack\.com/(?:services|workflows|triggers)/(?P<secret>[\w/+-]{16,200})"),
    re.compile(r"discord(?:app)?\.com/api/webhooks/(?P<secret>[0-9]{10,30}/[\w-]{16,200})"),
    # command lines and files of their own form
    re.compile(r"(?i)\bidentified by[ \t]{1,8}['\"](?P<secret>[^'\"\n]{4,500})"),
    re.compile(
        r"\bcurl\b[^\n]{0,400}?[ \t](?:-u|--user)[ \t=]{1,4}"
        r"['\"]?[^\s:'\"]{1,200}:(?P<secret>[^\s'\"]{3,500})"
    ),
    re.compile(
        r"\bmachine[ \t]+\S{1,200}[ \t]+login[ \t]+\S{1,200}"
        r"[ \t]+password[ \t]+(?P<secret>\S{4,500})"
    ),
    re.compile(
        r"(?i)\bwandb(?:\.| )login\b[^\n]{0,60}?(?<![0-9a-f])(?P<secret>[0-9a-f]{40})(?![0-9a-f])"
    ),
    re.compile(
        r"(?<![A-Za-z0-9])(?:AKIA|ASIA)[A-Z0-9]{16}[^A-Za-z0-9/+\n]{1,20}"
        r"(?P<secret>[A-Za-z0-9/+]{40})(?![A-Za-z0-9/+])"
    ),
    *_word(_VENDORS),
)
