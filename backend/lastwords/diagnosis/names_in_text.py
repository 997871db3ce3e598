"""Which names in a text call the value behind them a secret.

A name written in capitals counts in text as it does in an environment. Of other names the last
words decide (`db_password`, `apiKey`, `spark.hadoop.fs.s3a.secret.key`), since running text, and
above all text about language models, is full of tokens and keys that are no secrets.
"""

import re
from enum import Enum

from lastwords.diagnosis.secret_names import is_public_name, is_secret_name


class Said(Enum):
    """What a name in text says of the value behind it."""

    NOTHING = 0
    SECRET = 1
    TOKEN = 2  # a secret, unless the value looks like a number or a piece of text
    BARE_TOKEN = 3  # `token` and nothing else: a secret only where the value looks like one
    PASSWORD_OR_FOLDER = 4  # `pwd` means both
    AUTHORIZATION = 5
    COOKIE = 6


# "Password" in other languages: words that mean nothing else.
_FOREIGN = (
    r"passwor[td]|wachtwoord|kennwort|(?:^|_)senha|contrase[ñn]a|mot_?de_?passe|lösenord|hasło|şifre|"
    r"пароль|密码|密碼|口令|パスワード|비밀번호"
)
_LATER = (
    r"(?:_?(?:base|value|text|plain|plaintext|hash|b64|base64|encoded|old|new|current|"
    r"prod|production|dev|staging|test|local|[0-9]{1,3}))?\Z"
)
_SECRET = re.compile(
    rf"(?:{_FOREIGN}|pass_?(?:wd|phrase|code)|secrets?|secret_?access_?key|"
    r"credentials?|connection_?string|(?:_|^)dsn|"
    r"(?:api|access|auth|private|account|shared|signing|encryption|master|license|ssh|client|"
    r"secret|hmac|jwt|consumer|subscription|webhook|deploy|storage|app|"
    r"kaggle|wandb|openai|anthropic|azure|google|groq|github)_?key|"
    r"(?:^|_)(?:basic|http|proxy|digest)_?auth|"
    r"(?:^|_)(?:db|database|user|smtp|mail|email|ftp|sql|mysql|pg|postgres|redis|mongo|admin|root|"
    r"auth|login|ssh|proxy|http|ldap|vpn|key|keystore|truststore|cert|gpg|zip|mq|rabbitmq|"
    r"elastic|kafka|docker|registry|git|account|client|server|bind|sasl|jdbc)_pass)" + _LATER
)
_PWD = re.compile(r"(?<!old)(?<!old_)pwd" + _LATER)
_TOKEN = re.compile(
    r"(?:(?:access|auth|refresh|id|session|security|bearer|csrf|xsrf|api|login|hub|hf)_?|_)token"
    + _LATER
)
# Tokens of a text or a vocabulary, of a parser, and of a list that goes on.
_HARMLESS = re.compile(
    r"(?:^|_)(?:pad|eos|bos|unk|unknown|sep|cls|mask|image|audio|video|special|added|next|last|"
    r"first|prev|previous|start|end|stop|prompt|bad|blank|dummy|per|extra|page|continuation|sync)"
    r"_token" + _LATER
)
_HEADER = re.compile(r"(?:^|_)x_[a-z_]*(?:key|token|auth)\Z|(?:^|_)private_token\Z|\A_auth\Z")
_ALONE = {
    "token": Said.BARE_TOKEN,
    "cookie": Said.COOKIE,
    "cookies": Said.COOKIE,
    "set_cookie": Said.COOKIE,
}
_CAPITALS = re.compile(r"[A-Z][A-Z0-9_]*\Z")
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def said_by(name: str) -> Said:
    """What a name in text says: `DB_PASS`, `--api-key`, `clientSecret`, `Authorization`."""
    words = _HUMP.sub("_", name).replace("-", "_").lower()
    last = words.rpartition(".")[2]
    words = words.replace(".", "_")
    if known := _ALONE.get(last.strip("_")):
        return known
    if words.endswith("authorization"):
        return Said.AUTHORIZATION
    if _HARMLESS.search(last):
        return Said.NOTHING
    if _PWD.search(last):
        return Said.PASSWORD_OR_FOLDER
    if _SECRET.search(words) or _HEADER.search(last):
        return Said.SECRET
    if _TOKEN.search(last) or _is_secret_in_capitals(name.rpartition(".")[2].lstrip("-")):
        return Said.TOKEN
    return Said.NOTHING


def _is_secret_in_capitals(name: str) -> bool:
    """Of a URL only the password is one, and is found for itself."""
    if not _CAPITALS.match(name) or name in ("KEY", "PASS") or name.endswith("_URL"):
        return False
    return is_secret_name(name) or (name.endswith(("_PAT", "_AUTH")) and not is_public_name(name))
