"""The official client of the protocol, for tests: each call of it from plain, blocking code."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar

import anyio
import httpx2
from mcp.client.stdio import stdio_client
from mcp.client.streamable_http import streamable_http_client
from tests.real import Server, clean_environment

from mcp import Client, StdioServerParameters

T = TypeVar("T")
REVISIONS = ("2026-07-28", "legacy")  # legacy: the handshake, which agrees on 2025-11-25


def by_http(server: Server, revision: str, work: Callable[[Client], Awaitable[T]]) -> T:
    """What is done with a client that speaks to a server."""

    async def run() -> T:
        headers = {"Authorization": f"Bearer {server.token}"}
        async with httpx2.AsyncClient(headers=headers) as http:
            transport = streamable_http_client(f"{server.url}/mcp", http_client=http)
            async with Client(transport, mode=revision) as client:
                return await work(client)

    return anyio.run(run)


def by_stdio(
    command: list[str], home: Path, revision: str, work: Callable[[Client], Awaitable[T]]
) -> T:
    """What is done with a client that starts the server itself."""

    async def run() -> T:
        environment = clean_environment(LASTWORDS_HOME=str(home))
        parameters = StdioServerParameters(command=command[0], args=[*command[1:]], env=environment)
        async with Client(stdio_client(parameters), mode=revision) as client:
            return await work(client)

    return anyio.run(run)


def facts_of(result: Any) -> dict[str, Any]:
    """The first part: Lastwords' own facts."""
    found: dict[str, Any] = json.loads(result.content[0].text)
    return found


def quoted_of(result: Any) -> str:
    """The marked part: what others wrote."""
    assert [part.type for part in result.content] == ["text", "resource"]
    return str(result.content[1].resource.text)
