"""Who was to answer: hosts, ports, services and ranks, as a failure names them."""

import re
from dataclasses import dataclass

from lastwords.diagnosis.case import Case

_COLLECTIVE = re.compile(
    r"\[Rank (?P<rank>\d+)\][^\n]*?SeqNum=(?P<number>\d+), OpType=(?P<operation>\w+)"
)
_URL = re.compile(
    r"\b(?P<scheme>[a-z][a-z0-9+]{1,14})://(?:[^/\s@'\"]+@)?(?P<host>\[[\da-f:]+\]|[\w.-]+)"
    r"(?::(?P<port>\d{1,5}))?"
)
_HOSTS = (
    re.compile(r"\bipv[46]:(?P<host>\[[\da-f:]+\]|[\d.]+):(?P<port>\d+)"),
    re.compile(r"\(['\"](?P<host>[\w.:-]{2,80})['\"], (?P<port>\d{1,5})\)"),
    re.compile(r"host=['\"](?P<host>[^'\"]+)['\"], port=(?P<port>\d+)"),
    re.compile(r"server at \"(?P<host>[\w.-]+)\"[^\n]{0,60}?port (?P<port>\d+)"),
    re.compile(
        r"(?i)to (?:host )?\[?(?P<host>[\w.-]{2,80})\]?(?:[:,] ?| port )(?P<port>\d{1,5})\b"
    ),
    re.compile(r"(?:connect|getaddrinfo) E[A-Z_]+ (?P<host>[\w.-]{2,80})(?::(?P<port>\d{1,5}))?"),
    re.compile(r"\[(?P<host>[\w.-]*[a-z\d][\w.-]*)\]:(?P<port>\d{2,5})\b"),
    re.compile(r"(?i)\bhost(?:name)? ?[=:]? ?['\"](?P<host>[\w.-]{2,80})['\"]"),
    re.compile(r"(?i)resolve (?:host )?['\"]?(?P<host>[\w-]+(?:\.[\w-]+)*)['\"]?"),
    re.compile(
        r"(?<![\w./:-])(?![\w.-]+\.(?:cc?|cpp|cuh?|hp*|py|pyx|rs|go|java|jl):)(?P<host>[a-zA-Z][\w-]*(?:\.[\w-]+)*|"
        r"\d+(?:\.\d+){3}):(?P<port>\d{2,5})\b(?!:)"
    ),
)
_SERVICES = (
    ("proxy", r"ProxyError|Tunnel connection failed|proxy", ""),
    ("hub", r"", r"(?:^|\.)(?:huggingface\.co|hf\.co|xethub\.\w+)$"),
    ("tracker", r"\bwandb\b|\bmlflow\b|\bneptune\b|\bcomet_ml\b|\bclearml\b", r"wandb\.ai|mlflow"),
    (
        "rendezvous",
        r"TCPStore|c10d|rendezvous|MASTER_ADDR|TCP client|client socket|init_process_group",
        "",
    ),
    ("vllm-server", r"(?i)\bvllm\b", ""),
    ("database", r"psycopg|pymysql|MySQLdb|redis\.|pymongo|asyncpg|sqlalchemy|postgres|mysql", ""),
    (
        "bucket",
        r"botocore|boto3|\bs3\b|minio|gcsfs|s3fs|google\.cloud\.storage|azure\.\w*storage",
        r"^s3\.",
    ),
    ("pypi", r"\bpip\b.*(?:install|index)", r"pypi\.org$|pythonhosted\.org$"),
)


@dataclass(frozen=True)
class Service:
    """Who was to answer: what kind of service, and where, as far as the message says."""

    kind: str
    host: str = ""
    port: str = ""
    url: str = ""


def service_in(case: Case) -> Service:
    """Who did not answer."""
    said = case.said
    parts = case.parts
    text = said + "\n" + "\n".join(line.text[:2000] for line in case.error_lines[-8:] if not parts)
    url = _URL.search(text)
    host, port, whole = "", "", ""
    if url is not None and url["scheme"] != "file":
        host, port, whole = url["host"], url["port"] or "", url[0]
    else:
        found = next((m for pattern in _HOSTS if (m := pattern.search(text))), None)
        if found is not None:
            host, port = found["host"], found.groupdict().get("port") or ""
    stack = text + "\n" + case.frames_text
    for kind, words, hosts in _SERVICES:
        if (words and re.search(words, stack)) or (hosts and re.search(hosts, host)):
            return Service(kind, host, port, whole)
    return Service("elsewhere" if whole else "", host, port, whole)


def busy_port(case: Case) -> str:
    """The port that is in use: in the message, near the end of the log, or in the code."""
    code = "\n".join(source for part in case.parts for source in part.sources)
    text = "\n".join((case.said, case.tail_text[-4000:], code))
    port = re.search(r"(?::|port[=: ]+|bind\(\([^()]*, )(\d{4,5})\b", text)
    return port[1] if port is not None else ""


def collectives_in(case: Case) -> str:
    """Which ranks called which collective at one place in the order, where they differ."""
    called: dict[str, dict[str, list[str]]] = {}
    for line in case.tail[-400:]:
        if (found := _COLLECTIVE.search(line.text[:2000])) is not None:
            ranks = called.setdefault(found["number"], {}).setdefault(found["operation"], [])
            ranks.append(found["rank"])
    for number, operations in called.items():
        if len(operations) > 1:
            told = sorted(operations.items(), key=lambda each: len(each[1]))
            ways = (f"rank {', '.join(dict.fromkeys(ranks))} {name}" for name, ranks in told)
            return f"{'; '.join(ways)} (SeqNum {number})"
    return ""
