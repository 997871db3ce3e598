"""What can be typed, set, requested or answered stands in the README."""

import re
from pathlib import Path

import pytest

from lastwords.api.endpoints import ENDPOINTS
from lastwords.api.problems import SLUGS, TABLE
from lastwords.cli import commands
from lastwords.config import SETTINGS, variable

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
SCRIPTS = re.findall(r"`npm (?:run )?([\w:-]+)", README)


@pytest.mark.parametrize("name", sorted(commands.commands))
def test_every_command_is_in_the_readme(name: str) -> None:
    assert f"`lastwords {name}" in README


def test_every_command_of_the_readme_exists() -> None:
    named = set(re.findall(r"^\| `lastwords ([\w-]+)", README, re.MULTILINE))
    assert named == set(commands.commands)


@pytest.mark.parametrize("name", [setting.name for setting in SETTINGS])
def test_every_setting_is_in_the_readme(name: str) -> None:
    assert f"| `{variable(name)}` |" in README


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda e: f"{e.method} {e.path}")
def test_every_endpoint_is_in_the_readme(endpoint: object) -> None:
    assert f"| `{endpoint.method} {endpoint.path}` |" in README  # type: ignore[attr-defined]


@pytest.mark.parametrize("slug", sorted({*SLUGS, *(slug for slug, _, _ in TABLE.values())}))
def test_every_problem_type_is_in_the_readme(slug: str) -> None:
    assert re.search(rf"[`/]{slug}`", README)


def test_every_npm_command_of_the_readme_is_in_package_json() -> None:
    package = (ROOT / "package.json").read_text(encoding="utf-8")
    assert SCRIPTS and all(f'"{name}":' in package for name in SCRIPTS)


def test_every_file_the_documents_link_to_exists() -> None:
    for page in [ROOT / "README.md", *ROOT.glob("docs/**/*.md")]:
        for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name} links to {target}"
