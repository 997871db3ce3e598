"""Who may log in: `user`; and read-only links for who may not: `link`."""

from __future__ import annotations

import urllib.parse
from pathlib import Path
from typing import TYPE_CHECKING

import click

from lastwords import config as settings
from lastwords.cli.options import (
    as_json_option,
    client_of,
    commands,
    echo,
    home_option,
    print_found,
    reading_options,
    remote_of,
    run_argument,
)
from lastwords.records import LastwordsError
from lastwords.security.audit import shell_user, write_from_shell
from lastwords.security.links import Link, Links
from lastwords.security.people import People
from lastwords.security.roles import ROLES, VIEWER

if TYPE_CHECKING:
    from lastwords.cli.clients import RemoteClient
    from lastwords.presentation.runs import Json

_ROLE = click.Choice(ROLES)


@commands.group("user")
def user() -> None:
    """Add and remove people who may log in, each with a role and a token."""


@user.command("add")
@click.argument("name")
@click.option("--role", type=_ROLE, default=VIEWER, show_default=True, help="What they may do.")
@home_option
def add_user(name: str, role: str, home: Path | None) -> None:
    """Add NAME, and print the token to log in with; it is shown only once."""
    config = settings.load(home)
    _require_home(config)
    token = People(config.home).add(name, role)
    write_from_shell(config, "add user", None, f"{name}, {role}")
    echo(f"{name} has the role {role}; the token is shown only now: {token}")


@user.command("token")
@click.argument("name")
@home_option
def renew_token(name: str, home: Path | None) -> None:
    """Print a new token of NAME; the old one, and logins by it, end."""
    config = settings.load(home)
    token = People(config.home).renew(name)
    write_from_shell(config, "new token", None, name)
    echo(f"the new token of {name} is shown only now: {token}")


@user.command("role")
@click.argument("name")
@click.argument("role", type=_ROLE)
@home_option
def set_role(name: str, role: str, home: Path | None) -> None:
    """Change what NAME may do, at once."""
    config = settings.load(home)
    People(config.home).set_role(name, role)
    write_from_shell(config, "change role", None, f"{name}, {role}")
    echo(f"{name} has the role {role}")


def _remove(name: str, home: Path | None) -> None:
    """End the token and the logins of NAME, at once; runs and notes keep the name."""
    config = settings.load(home)
    People(config.home).remove(name)
    write_from_shell(config, "remove user", None, name)
    echo(f"{name} is removed")


for _name in ("remove", "rm"):
    _command = user.command(_name, help=_remove.__doc__, hidden=_name == "rm")
    _command(click.argument("name")(home_option(_remove)))


@user.command("ls")
@home_option
@as_json_option
def list_users(home: Path | None, as_json: bool) -> None:
    """List everybody, with their roles."""
    found = [
        {"name": one.name, "role": one.role, "addedAt": one.added_at}
        for one in People(settings.load(home).home).all()
    ]
    words = "\n".join(f"{one['name']:<24} {one['role']}" for one in found)
    print_found(found, as_json, lambda: words or "Nobody yet; add one: lastwords user add NAME")


class _Local:
    """The links of a run in a home on this machine."""

    def __init__(self, home: Path | None, run: str) -> None:
        self._config = settings.load(home)
        self._run = client_of(home, None, None).show(run)["id"]
        self._links = Links(self._config.home)

    def all(self) -> list[Json]:
        return [_link_json(link) for link in self._links.of_run(self._run)]

    def add(self, days: float) -> Json:
        from lastwords.server.server import NotRunning, login_url, running_url

        try:
            base = running_url(self._config).partition("/?")[0]
        except NotRunning:  # it opens once there is a server
            base = login_url(self._config.host, self._config.port, "").partition("/?")[0]
        link, token = self._links.add(self._run, days, shell_user())
        write_from_shell(self._config, "link", self._run)
        return _link_json(link) | {"path": f"/?token={token}", "url": f"{base}/?token={token}"}

    def revoke(self, link: str) -> None:
        if not self._links.revoke(self._run, link):
            raise LastwordsError(f"{self._run} has no link {link!r}")
        write_from_shell(self._config, "revoke link", self._run, link)


class _Remote:
    """The links of a run of a server."""

    def __init__(self, client: RemoteClient, run: str) -> None:
        self._client = client
        self._path = f"/runs/{client.show(run)['id']}/links"

    def all(self) -> list[Json]:
        found: list[Json] = self._client.ask("GET", self._path)["links"]
        return found

    def add(self, days: float) -> Json:
        made = self._client.ask("POST", self._path, {"days": days})
        return made | {"url": self._client.root + made["path"]}

    def revoke(self, link: str) -> None:
        self._client.ask("DELETE", f"{self._path}/{urllib.parse.quote(link, safe='')}")


def _link_json(link: Link) -> Json:
    return {
        "id": link.id,
        "run": link.run,
        "by": link.by,
        "createdAt": link.created_at,
        "until": link.until,
    }


def _require_home(config: settings.Config) -> None:
    if not config.home.exists():
        raise LastwordsError(f"{config.home} does not exist: start with lastwords serve")


@commands.command("link")
@run_argument
@click.option("--days", type=click.FloatRange(0, 90, min_open=True), default=7, show_default=True)
@click.option("--list", "listed", is_flag=True, help="List the links that are still good.")
@click.option("--revoke", metavar="LINK", help="Revoke a link by its ID.")
@reading_options
def link_run(
    run: str,
    days: float,
    listed: bool,
    revoke: str | None,
    home: Path | None,
    url: str | None,
    token: str | None,
    as_json: bool,
) -> None:
    """Print a link that opens one run to read, secrets masked, for some days."""
    links = _Remote(remote_of(url, token), run) if url else _Local(home, run)
    if revoke:
        links.revoke(revoke)
        print_found({"revoked": revoke}, as_json, lambda: f"{revoke} is revoked")
    elif listed:
        good = links.all()
        rows = [f"{one['id']}  until {one['until'][:16]}Z  by {one['by']}" for one in good]
        print_found(good, as_json, lambda: "\n".join(rows) or "No links.")
    else:
        made = links.add(days)
        print_found(made, as_json, lambda: f"until {made['until'][:16]}Z: {made['url']}")
