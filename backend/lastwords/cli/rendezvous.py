"""How the ranks of a run that an engine placed on several nodes find each other.

Rank 0 offers its address and a port with its claim, the server hands them to all, and each finds
them in its environment, as torchrun and most libraries want them. Standard library only.

Source: docs.pytorch.org/docs/stable/elastic/run.html, netdevice(7)
"""

from __future__ import annotations

import fcntl
import os
import random
import socket
import struct
from collections.abc import Mapping, MutableMapping
from contextlib import suppress
from ipaddress import ip_address
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from lastwords.cli.schedulers import join

_RANK, _RANKS = "LASTWORDS_RANK", "LASTWORDS_RANKS"  # set by a launcher that is not srun
_PORTS = range(20_000, 32_000)  # below those that a kernel gives to connections of its own
_TRIED = 50
_RANDOM = random.SystemRandom()
_INTERFACES = ("GLOO_SOCKET_IFNAME", "NCCL_SOCKET_IFNAME")
_SIOCGIFADDR = 0x8915


class Rank(NamedTuple):
    """Which of the ranks of a run it is, of several."""

    rank: int
    size: int

    @property
    def told(self) -> dict[str, int]:
        return {"rank": self.rank, "size": self.size}


def rank_here(variables: MutableMapping[str, str] = os.environ) -> Rank | None:
    """The rank that we are, as our launcher says, or srun; None where there is one process."""
    rank, size = variables.pop(_RANK, ""), variables.pop(_RANKS, "")
    if rank.isdecimal() and size.isdecimal():
        return Rank(int(rank), int(size)) if int(size) > 1 else None
    told = join((), variables)
    return Rank(told["rank"], told["size"]) if told.get("size", 1) > 1 else None


def offer(rank: Rank, server: str) -> dict[str, Any]:
    """Where the others meet rank 0: its address on the way to the server, and a free port."""
    if rank.rank:
        return {}
    return {"address": _address_towards(urlsplit(server).hostname or ""), "port": _free_port()}


def variables(
    rank: Rank, meeting: Mapping[str, Any], environment: Mapping[str, str]
) -> dict[str, str]:
    """What a rank finds in its environment; an interface that somebody chose there stays."""
    found = {
        "NODE_RANK": str(rank.rank),
        "NNODES": str(rank.size),
        "MASTER_ADDR": str(meeting["address"]),
        "MASTER_PORT": str(meeting["port"]),
        "RDZV_ID": str(meeting["id"]),
    }
    name = _interface_of(_address_towards(str(meeting["address"])))
    if name and not any(environment.get(each) for each in _INTERFACES):
        found |= dict.fromkeys(_INTERFACES, name)
    return found


def _address_towards(host: str) -> str:
    """The address of this machine on the way to another; not one that only it can reach."""
    address = ""
    with suppress(OSError):
        family, _, _, _, target = socket.getaddrinfo(host, 9, type=socket.SOCK_DGRAM)[0]
        with socket.socket(family, socket.SOCK_DGRAM) as probe:  # which sends nothing
            probe.connect(target)
            address = probe.getsockname()[0].partition("%")[0]
    if address and not ip_address(address).is_loopback:
        return str(address)
    others = (each for each in _addresses().values() if not ip_address(each).is_loopback)
    return next(others, address or "127.0.0.1")


def _interface_of(address: str) -> str | None:
    """The interface that has an address."""
    found = (name for name, own in _addresses().items() if own == address)
    return next(found, None)


def _addresses() -> dict[str, str]:
    """The IPv4 address of each interface that has one."""
    found = {}
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asked:
        for _, name in socket.if_nameindex():
            with suppress(OSError):
                request = struct.pack("256s", name.encode()[:15])
                answer = fcntl.ioctl(asked.fileno(), _SIOCGIFADDR, request)
                found[name] = socket.inet_ntoa(answer[20:24])
    return found


def _free_port() -> int:
    """A port that nobody listens on here; another run of this node takes another one."""
    for port in _RANDOM.sample(_PORTS, _TRIED):
        with suppress(OSError), socket.create_server(("", port)):
            return port
    return _RANDOM.choice(_PORTS)
