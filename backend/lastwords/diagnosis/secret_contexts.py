"""What stands before a secret of no known shape: a name, a flag, a command, a header, a URL.

One table for the search and its tests. Every repetition is bounded: no text makes them slow.
"""

import re
from typing import NamedTuple

from lastwords.diagnosis.names_in_text import Said

# What stands in a secret's place in texts that hold none.
NO_VALUE = re.compile(
    rb"(?i:(?:none|null|nil|true|false|yes|no|empty|unset|missing|required|invalid|expired|"
    rb"incorrect|wrong|denied|redacted|hidden|masked|unknown|undefined|optional|str|string|int|"
    rb"bytes|not|is|was|must|should|for|the|and|or)(?=[\s.,:!?]|\Z)|[*.x]{3,}|(?:\xe2\x80\xa2){3})"
)
_NO_NUMBER = r"(?!=?[0-9.]{1,15}(?:[\s,;)}\]\"']|$))"
_NO_WORD = (  # of a sentence about a flag, and what usage prints for its value
    r"(?!(?i:argument|option|flag|parameter|value|instead|before|after|when|with|cannot|please)s?\b)"
    r"(?![A-Z][A-Z_]*(?:[\s\]),=|]|$))"
)
_NO_CODE = (  # a call or an item, and an attribute of a name that says as much
    r"(?!(?:(?:[A-Za-z_]\w{0,80}+\.){1,8}[A-Za-z_]\w{0,80}+|[A-Za-z]{0,40}_\w{0,80}+)[(\[])"
    r"(?!(?:[a-z_]{1,80}+\.){1,8}[a-z_]{0,80}(?:pass|passwd|password|secret|token|key)\b)"
)
_NO_PIECE = r"(?!(?:<[^>\n]{0,40}>|\[[^\]\n]{0,40}\])[\"'])"  # of a text: "<pad>", "[CLS]"
_LETTER = r"[^\s\"',;&<>()\[\]{}\\]"
# What separates values in a list, a URL and a line of settings belongs to one that goes on.
_GOES_ON = rf"[,;&](?={_LETTER})(?![\w.-]{{1,60}}[=:])"
_BARE = (
    rf"(?=[^\s\"'<>()\[\]{{}}\\]{{6}}){_LETTER}{{1,16000}}+"
    rf"(?:{_GOES_ON}{_LETTER}{{1,16000}}+){{0,50}}"
)


def _value(no: str = "") -> str:
    """A value in quotes of any kind, or bare; one of its groups holds it."""
    return (
        rf"(?:[bBuUrRfF]{{1,2}}(?=[\"']))?(?:"
        rf"\"(?P<a>{no}(?:[^\"\\\n]|\\.){{4,16000}})|'(?P<b>{no}(?:[^'\\\n]|\\.){{4,16000}})|"
        rf"\\{{1,3}}[\"'](?P<c>{no}[^\"'\\\n]{{4,16000}})|"
        rf"(?P<d>{no}{_NO_CODE}{_BARE}))"
    )


# A name before a value: google-re2 finds one, `NAME` reads it, `VALUES` what follows.
_ROOTS = (
    r"pass|pwd|secret|token|credential|key|auth|dsn|connection|_pat\b|cookie|wachtwoord|kennwort|"
    r"senha|contrase|mot.de.pass|senord|has\xc5\x82o|ifre|"
).encode("latin-1") + "арол|密码|密碼|口令|パスワード|비밀번호".encode()
_ASSIGNED = r"(?:\\{0,3}[\"'])?\]?[ \t]{0,8}(?:=>|:=|={1,3}|:|：|＝)[ \t]{0,8}"
NAME_GATE = (
    rb"(?i:[\w.\x80-\xff-]*(?:" + _ROOTS + rb")[\w.\x80-\xff-]*)" + _ASSIGNED.encode()
    + rb"(?:[a-zA-Z]{0,2}\\{0,3}[\"'][^\"'\n]{4}|[^\s\"'<>()\[\]{}\\]{4})"
)  # fmt: skip
NAME = re.compile(rb"(?P<name>[\w.\x80-\xff-]+)" + _ASSIGNED.encode())
VALUES = {
    Said.SECRET: _value(),
    Said.TOKEN: _value(_NO_NUMBER + _NO_PIECE),
    Said.PASSWORD_OR_FOLDER: _value(r"(?![/~.])"),
    Said.BARE_TOKEN: (r"[bu]?\\{0,3}[\"']?(?P<a>(?=[\w.~+/-]{0,40}[0-9])[\w.~+/-]{8,16000}=*)"),
    Said.AUTHORIZATION: (
        r"(?:b?\\{0,3}[\"'])?"
        r"(?:(?i:bearer|basic|token|apikey|api-key|key|negotiate|ntlm)[ \t]{1,8}"
        r"(?P<a>[^\s\"',;\\]{4,16000})|"
        r"(?i:digest|hawk|oauth|signature|aws4-hmac-sha256|sharedkey)[ \t]{1,8}"
        rf"(?P<b>[^\n]{{4,16000}})|(?P<c>{_NO_CODE}[^\s\"',;\\]{{12,16000}}))"
    ),
    Said.COOKIE: (
        r"\\{0,3}[\"']?(?P<a>[\w.!#$%&*+^`|~-]{1,200}=[^\s\"',;]{4,8000}"
        r"(?:;[ \t]?[^\n\"',]{1,8000})?)"
    ),
}

NAMED_EXAMPLES = (
    "password={V}",
    "DB_PASS={V}",
    "SECRET_KEY_BASE={V}",
    "db_pass: {V}",
    "secret_key_base: {V}",
    "PASSWORD = u'{V}'",
    "{b'password': b'{V}'}",
    "os.environ['DB_PASS'] = '{V}'",
    '"clientSecret": "{V}"',
    '"{\\"apiKey\\": \\"{V}\\"}"',
    "'{\\'password\\': \\'{V}\\'}'",
    "//registry.npmjs.org/:_authToken={V}",
    "_auth={V}",
    "-Djavax.net.ssl.keyStorePassword={V}",
    "fs.s3a.secret.key={V}",
    "Server=x;Uid=y;Pwd={V};",
    "Authorization: Bearer {V}",
    "X-Api-Key: {V}",
    "Passwort: {V}",
    "contraseña: {V}",
    "mot_de_passe={V}",
    "密码：{V}",
    "Пароль: {V}",
)


class Context(NamedTuple):
    """A place where secrets stand.

    gate: where it may begin, for google-re2. exact: matched there; its last group is the secret,
    and the name in its group `name`, if it has one, must say so. examples: with {V} for the secret.
    before: what must stand in the REACH_BACK bytes before it.
    """

    where: str
    gate: str
    exact: str
    examples: tuple[str, ...]
    before: bytes = b""


REACH_BACK = 400


def _context(where: str, gate: str, exact: str, *examples: str, before: bytes = b"") -> Context:
    return Context(where, gate, exact, examples, before)


_MIXED = r"(?=[^\s\"'`]{0,60}[0-9])(?=[^\s\"'`]{0,60}[A-Za-z])"  # letters and digits
_SPOKEN = (
    r"\b(?:api|access|auth|secret(?:[ ]access)?|private|client|encryption|license)[ ](?:key|token|"
    r"secret)|\bmot[ ]de[ ]passe"
)
_NAMED = r"(?i:[\w.-]*(?:pass|pwd|secret|token|credential|key|auth|dsn|_pat)[\w.-]*)"
_SPACE = r"(?: |%20|\+)"  # as it is, and in a URL
KEY_BEGINS = re.compile(
    rf"-----BEGIN{_SPACE}(?:[A-Z0-9]|{_SPACE}){{0,40}}?PRIVATE{_SPACE}KEY".encode()
)
LONGEST_KEY = 26_000  # bytes
_QUOTED = r"[bu]?\\{0,3}[\"'](?P<v>(?!-)[^\"'\\\n]{4,16000})\\{0,3}[\"']"
_OPENED = r"(?:\A|[\s\"'`(\[,=])"

CONTEXTS = (
    # first those that hold only behind a certain command
    _context(
        "curl's user",
        r"[\s\"'](?:-u|-U|--user|--proxy-user)(?:[\"'],\s*[bu]?|[ \t=]+)?[\"']?"
        r"[^\s:'\"]+:[^\s'\"]{3}",
        r"[\s\"'](?:-u|-U|--user|--proxy-user)(?:[\"'],\s{0,60}[bu]?|[ \t=]{1,4})?[\"']?"
        r"[^\s:'\"]{1,200}:(?P<v>[^\s'\"]{3,500})",
        "curl -u user:{V} http://x",
        "['curl', '-u', 'user:{V}']",
        '["curl", "--user", "user:{V}", "http://x"]',
        before=rb"\bcurl\b(?:[^\n]|\\\r?\n)*\Z",
    ),
    _context(
        "a login at a shell",
        r"[\s\"']-p(?:[\"'],[ \t]*[\"']|[ \t]+[\"']?)[^\s\"'-][^\s\"']{2}",
        r"[\s\"']-p(?:[\"'],[ \t]{0,8}[\"']|[ \t]{1,8}[\"']?)(?P<v>[^\s\"'-][^\s\"']{2,200})",
        "sshpass -p {V} ssh me@host",
        "docker login -u me -p {V} registry.example",
        "['sshpass', '-p', '{V}', 'ssh']",
        before=rb"\b(?:login|sshpass)\b[^\n]*\Z",
    ),
    _context(
        "a login at a shell, its flag and its value in one word",
        r"[\s\"']-p[\"']?[^\s\"'-][^\s\"']{2}",
        r"[\s\"']-p[\"']?(?P<v>[^\s\"'-][^\s\"']{2,200})",
        "mysql -u root -p{V} base",
        before=rb"\b(?:mysql(?:dump|admin|import)?|mariadb|sshpass)\b[^\n]*\Z",
    ),
    _context(
        "a login to Redis",
        r"[\s\"']-a(?:[\"'],[ \t]*[\"']|[ \t]+[\"']?)[^\s\"'-][^\s\"']{2}",
        r"[\s\"']-a(?:[\"'],[ \t]{0,8}[\"']|[ \t]{1,8}[\"']?)(?P<v>[^\s\"'-][^\s\"']{2,200})",
        "redis-cli -h cache -a {V}",
        before=rb"\bredis-cli\b[^\n]*\Z",
    ),
    _context(
        "Kaggle's key",
        r"[\"']key[\"'][ \t]*:[ \t]*[\"'][0-9a-f]{4}",
        r"[\"']key[\"'][ \t]{0,8}:[ \t]{0,8}[\"'](?P<v>[0-9a-f]{32})[\"']",
        '{"username":"me","key":"0a1b2c3d4e5f69780a1b2c3d4e5f6978"}',
        before=b"username",
    ),
    # then those that hold anywhere, a flag's after those of certain flags
    _context(
        "user and password in one word",
        r"(?:^|[\s\"'`(\[,=])--auth[ =][\"']?[^\s:'\"]+:[^\s'\"]{3}|"
        r"(?:\bsqlplus[ \t]+(?:-\S+[ \t]+)*|:thin:)[\w.-]+/[^\s@\"'/]+@",
        rf"{_OPENED}--auth[ =][\"']?[^\s:'\"]{{1,200}}:(?P<a>[^\s'\"]{{3,500}})|"
        r"(?:sqlplus[ \t]{1,4}(?:-\S{1,20}[ \t]{1,4}){0,4}|:thin:)[\w.-]{1,60}/"
        r"(?P<v>[^\s@\"'/]{3,200})@",
        "http --auth me:{V} GET x",
        "sqlplus me/{V}@db",
        "jdbc:oracle:thin:me/{V}@host:1521",
    ),
    _context(
        "a private key",
        rf"-----BEGIN{_SPACE}",
        rf"-----BEGIN{_SPACE}(?P<kind>(?:[A-Z0-9]|{_SPACE}){{0,40}}?PRIVATE{_SPACE}KEY"
        rf"(?:{_SPACE}BLOCK)?)-----(?P<v>"
        rf"(?:[^-]|-(?!----BEGIN)){{0,16384}}?-----END{_SPACE}(?P=kind)-----|"
        r"(?:\\[rn]|\s|\||│){0,40}[A-Za-z0-9+/=]{4,80}"
        r"(?:(?:\\[rn]|\s|\||│){0,40}[A-Za-z0-9+/=]{20,80}){0,200})",
        "-----BEGIN RSA PRIVATE KEY-----\n{V}\n-----END RSA PRIVATE KEY-----",
        "-----BEGIN PRIVATE KEY-----\n{V}\nfirst line of a log",
    ),
    _context(
        "a flag and its value in a list",
        rf"[\"']--?{_NAMED}\\*[\"'],",
        rf"[\"']--?(?P<name>[A-Za-z][\w.-]{{0,60}})\\{{0,3}}[\"'],\s{{0,60}}{_QUOTED}",
        "['tool', '--api-key', '{V}']",
        '["tool", "--api-key", "{V}"]',
        "Command '['x', '--password', '{V}']' returned non-zero exit status 1.",
        "['tool',\n '--api-key',\n '{V}']",
        "'[\\'--api-key\\', \\'{V}\\']'",
    ),
    _context(
        "a flag and its value at a shell",
        rf"(?:^|[\s\"'`(\[,=])--?{_NAMED}[\"']?[ \t]+"
        r"(?:[\"'][^\"'\n]{4}|[^\s\"'-][^\s\"',;&]{5})",
        rf"{_OPENED}--?(?P<name>[A-Za-z][\w.-]{{0,60}})[\"']?[ \t]{{1,8}}(?!-){_NO_WORD}"
        rf"(?:\"(?P<a>[^\"\n]{{4,16000}})|'(?P<b>[^'\n]{{4,16000}})|"
        rf"(?P<v>{_BARE}))",
        "tool --api-key {V} --epochs 3",
        "tool -password {V}",
        "tool --hub-token '{V}'",
    ),
    _context(
        "a flag and its value on the next line",
        rf"(?:^|[\s\"'`(\[,=])--?{_NAMED}[ \t]*\\?\r?\n",
        rf"{_OPENED}--?(?P<name>[A-Za-z][\w.-]{{0,60}})[ \t]{{0,8}}\\?\r?\n[ \t]{{0,40}}"
        rf"(?P<v>(?![-<\[]){_BARE})(?=[ \t]{{0,8}}\\?\r?(?:\n|\Z))",
        "tool --password\n{V}",
        "tool --password \\\n  {V}",
    ),
    _context(
        "a pair of user and password",
        r"(?:(?i:auth|login|credentials?)[ \t]*=[ \t]*|(?:Basic|Digest|Proxy)Auth)\(",
        r"(?:(?i:auth|login|credentials?)[ \t]{0,8}=[ \t]{0,8}|(?:Basic|Digest|Proxy)Auth)\("
        r"\s{0,60}[bur]{0,2}[\"'][^\"'\n]{0,200}[\"'],\s{0,60}[bur]{0,2}[\"'](?P<v>[^\"'\n]{3,500})[\"']",
        "requests.get(url, auth=('me', '{V}'))",
        "HTTPBasicAuth('me', '{V}')",
    ),
    _context(
        "a pair of name and value",
        rf"\(\s*[bu]?[\"']{_NAMED}[\"'],",
        r"\(\s{0,60}[bu]?[\"'](?P<name>[\w.-]{1,80})[\"'],\s{0,60}[bu]?"
        r"[\"'](?P<v>(?=[^\"'\n]{0,200}[^a-z_.\"'\n-])[^\"'\n]{4,4000})[\"']\s{0,60}\)",
        "[('password', '{V}')]",
        "os.environ.get('DB_PASS', '{V}')",
    ),
    _context(
        "a name and its value side by side",
        rf"(?:name|key|Name|Key)[\"']?[ \t]*[:=][ \t]*[\"']?{_NAMED}[\"']?\s*,?\s*[\"']?[vV]alue",
        r"(?:name|key|Name|Key)[\"']?[ \t]{0,8}[:=][ \t]{0,8}[\"']?(?P<name>[\w.-]{1,80})[\"']?"
        r"\s{0,60},?\s{0,60}[\"']?[vV]alue[\"']?[ \t]{0,8}[:=][ \t]{0,8}[\"']?"
        r"(?P<v>[^\s\"',}]{4,16000})",
        '{"name": "DB_PASS", "value": "{V}"}',
        "- name: DB_PASS\n  value: {V}",
        '<add key="ApiKey" value="{V}"/>',
    ),
    _context(
        "an element of XML",
        rf"<{_NAMED}>[^<\s]",
        r"<(?P<name>[\w.-]{1,80})>(?P<v>[^<\n]{4,16000})</",
        "<password>{V}</password>",
    ),
    _context(
        "a netrc",
        r"\b(?:machine\s+\S+|default)\s+(?:login|account|password)\s",
        r"(?:machine\s{1,40}\S{1,200}|default)(?:\s{1,40}(?:login|account)\s{1,40}\S{1,200}){0,3}"
        r"\s{1,40}password\s{1,40}(?P<v>\S{3,500})",
        "machine api.wandb.ai login user password {V}",
        "machine api.wandb.ai\n  login user\n  password {V}\n",
    ),
    _context(
        "a variable that a file or a shell sets",
        rf"(?:^|[\s>$])(?:ENV|ARG|export|setenv|setx|set -[gxU]+)[ \t]+{_NAMED}[ \t]+\S",
        r"(?:\A|[\s>$])(?:ENV|ARG|export|setenv|setx|set -[gxU]{1,3})[ \t]{1,8}"
        r"(?P<name>\w{1,80})[ \t]{1,8}[\"']?(?P<v>[^\s\"']{6,16000})",
        "ENV FOO_TOKEN {V}",
        "Step 3/9 : ENV FOO_TOKEN {V}",
        "setenv DB_PASS {V}",
    ),
    _context(
        "a property",
        rf"\b(?:spark|fs|hadoop|hive|javax|kafka|sasl|trino|flink)\.{_NAMED}[ \t]+\S",
        r"(?P<name>[a-z]{2,6}\.[\w.-]{1,200})[ \t]{1,8}"
        r"(?P<v>[^\s\"',;]{4,16000})(?=\s|\Z)",
        "spark.hadoop.fs.s3a.secret.key {V}",
        "spark.hadoop.fs.s3a.secret.key   {V}",
    ),
    _context(
        "a sentence about a password",
        r"(?i:pass(?:word|phrase|wd|code))[ \t]+(?:(?:(?i:is|was)[ \t]+)?\\*[\"'`][^\"'`\n]{4}|"
        r"(?:(?i:is|was)[ \t]+)?[^\s\"'`]*[0-9])",
        r"(?i:pass(?:word|phrase|wd|code))[ \t]{1,4}(?:"
        r"(?:(?i:is|was)[ \t]{1,4})?\\{0,3}[\"'`](?P<a>[^\s,)\"'`\\][^\"'`\n\\]{3,200})[\"'`\\]|"
        r"(?i:is|was)[ \t]{1,4}(?P<b>(?=[^\s\"']{0,60}[0-9])[^\s\"',;]{6,200})|"
        rf"(?![a-z_]{{1,20}}[0-9]{{0,4}}(?:[_\W]|\Z)){_MIXED}(?P<v>[^\s\"',;:()]{{8,200}})(?=\s|\Z))",
        'login failed for user "me" with password "{V}"',
        "your password is {V}",
        "bad password {V}",
    ),
    _context(
        "a sentence about a key",
        rf"(?i:{_SPOKEN})[ \t]*(?::|=|(?i:provided|given|is|was)\b)",
        rf"(?i:{_SPOKEN})(?:[ \t]{{1,4}}(?i:provided|given|is|was))?[ \t]{{0,4}}[:=]?[ \t]{{0,4}}"
        rf"[\"'`]?{_MIXED}(?P<v>[^\s\"'`,;()]{{8,400}})",
        "Incorrect API key provided: {V}.",
        "Secret Access Key: {V}",
        "the auth token is {V}",
        "mot de passe : {V}",
    ),
    _context(
        "a login to Weights & Biases, or to Vault",
        r"(?i:\b(?:wandb[. ]|vault )login\b)",
        r"(?i:wandb[. ]|vault )(?i:login)\b(?:"
        r"[^\n]{0,60}?(?<![0-9a-f])(?P<a>[0-9a-f]{40})(?![0-9a-f])|"
        r"[ \t(]{1,4}(?:--?[a-z-]{1,30}(?:=\S{1,60})?[ \t]{1,4}){0,4}[\"']?"
        r"(?P<v>(?=[^\s\"']{0,60}[0-9])[^\s\"'(),;=-][^\s\"'(),;=]{7,200}))",
        "wandb login {V}",
        "wandb login --relogin {V}",
        "vault login {V}",
    ),
    _context(
        "npm's settings at a shell",
        r":_(?:authToken|auth|password)[ \t]+[^\s]{6}",
        r":_(?:authToken|auth|password)[ \t]{1,8}(?P<v>[^\s\"']{6,4000})",
        "npm config set //registry.npmjs.org/:_authToken {V}",
    ),
    _context(
        "SQL",
        r"(?i:identified by)[ \t]+['\"]",
        r"(?i:identified by)[ \t]{1,8}['\"](?P<v>[^'\"\n]{4,500})",
        "CREATE USER x IDENTIFIED BY '{V}'",
    ),
    _context(
        "a scheme of HTTP",
        r"(?i:bearer|basic)[ \t]+[\w.~+/=-]{8}",
        r"(?i:bearer)[ \t]{1,8}(?P<a>(?=[^\s\"']{0,60}[0-9_.=+/-])[A-Za-z0-9._~+/=-]{8,16000})|"
        r"(?i:basic)[ \t]{1,8}(?P<v>(?=[A-Za-z0-9+/]{0,200}(?:[a-z][A-Z]|[0-9]|=))"
        r"[A-Za-z0-9+/]{8,4000}={0,2})",
        "using Bearer {V}",
    ),
    _context(
        "a URL's password, or a token as its user",
        r"://[^\s/'\"<>]*@[\w.\[-]",
        r"(?<=[A-Za-z0-9+.-])://[^\s/:@'\"?#]{0,200}:(?P<a>[^\s/'\"<>]{1,500})@(?=[\w.\[-])|"
        r"(?:(?<=http)|(?<=https))://(?P<v>[^\s/:@'\"?#]{16,500})@(?=[\w.\[-])",
        "postgres://me:{V}@db.example:5432/x",
        "https://{V}@github.com/a/b",
    ),
    _context(
        "a URL's query",
        r"[?&;](?i:[\w-]*(?:token|secret|password|passwd|signature|credential|api_?key|"
        r"access_?key)|key|sig|auth|pwd|code)=",
        r"[?&;](?i:[\w-]{0,40}(?:token|secret|password|passwd|signature|credential|api_?key|"
        r"access_?key)|key|sig|auth|pwd|code)=(?P<v>[^\s&\"'<>#]{6,16000})",
        "GET https://x/y?token={V}&page=2",
        "https://blob/x?sv=1&sig={V}&se=2",
    ),
    _context(
        "a webhook",
        r"hooks\.slack\.com/|discord(?:app)?\.com/api/webhooks/|webhook\.office\.com/|/bot[0-9]",
        r"hooks\.slack\.com/(?:services|workflows|triggers)/(?P<a>[\w/+-]{16,200})|"
        r"discord(?:app)?\.com/api/webhooks/(?P<b>[0-9]{10,30}/[\w-]{16,200})|"
        r"webhook\.office\.com/webhookb2/(?P<c>[\w@/-]{32,400})|"
        r"/bot(?P<v>[0-9]{8,10}:[\w-]{30,40})",
        "https://hooks.slack.com/services/{V}",
        "https://discord.com/api/webhooks/1234567890/{V}",
        "https://x.webhook.office.com/webhookb2/{V}{V}",
    ),
    _context(
        "a pair of AWS keys",
        r"(?:\A|[^A-Za-z0-9])(?:AKIA|ASIA)[A-Z0-9]{16}[^A-Za-z0-9/+\n]",
        r"(?:\A|[^A-Za-z0-9])(?:AKIA|ASIA)[A-Z0-9]{16}[^A-Za-z0-9/+\n]{1,20}"
        r"(?P<v>[A-Za-z0-9/+]{40})(?![A-Za-z0-9/+])",
    ),
)
