"""Which environment variables hold a secret, by their name."""

import re

_SECRET_NAME = re.compile(
    r"(?<!TIK)TOKEN(?!I[SZ])|SECRET|PASSWORD|PASSWD|PASSPHRASE|CREDENTIAL|(?:^|_)(?:KEY|APIKEY|PWD|PASS)(?:_|$)|"
    r"(?:^|_)(?:DSN|DATABASE_URL|CONNECTION_STRING)$"
)
# Not secrets, whatever they are called: paths, sockets and switches of well-known programs.
_PUBLIC_NAME = re.compile(
    r"_(?:FILE|PATH|DIR|HOME|URL_SCHEME|PARALLELISM|ALG|TYPE|SIZE|LENGTH|NAME)$|"
    r"TOKENS$|TOKEN_CL(?:S|ASS)|^SSH_AUTH_SOCK$|^PWD$|^OLDPWD$"
)


def is_secret_name(name: str) -> bool:
    """Whether an environment variable's name says that its value is a secret."""
    upper = name.upper()
    return bool(_SECRET_NAME.search(upper)) and not is_public_name(upper)


def is_public_name(name: str) -> bool:
    """Whether a name in capitals says that its value is none, whatever else is in it."""
    return bool(_PUBLIC_NAME.search(name))
