"""The distribution is whole: a wheel installs alone and serves the page, or is not built."""

from __future__ import annotations

import shutil
import subprocess
import sys
import urllib.request
import zipfile
from pathlib import Path

import pytest
from tests.real import ROOT, clean_environment

PAGE = "lastwords/static/index.html"


def build(tree: Path, kind: str, out: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "hatchling", "build", "-t", kind, "-d", str(out)]
    return subprocess.run(command, cwd=tree, capture_output=True, text=True, timeout=120)


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of what a distribution is made of, without the page."""
    copy = tmp_path_factory.mktemp("tree")
    unwanted = shutil.ignore_patterns("static", "__pycache__")
    shutil.copytree(ROOT / "backend", copy / "backend", ignore=unwanted)
    shutil.copytree(ROOT / "docs", copy / "docs")
    for name in ("pyproject.toml", "hatch_build.py", "README.md", "CHANGELOG.md", "LICENSE"):
        shutil.copy(ROOT / name, copy / name)
    return copy


@pytest.mark.parametrize("kind", ["wheel", "sdist"])
def test_nothing_is_built_without_the_page(tree: Path, tmp_path: Path, kind: str) -> None:
    done = build(tree, kind, tmp_path)
    assert done.returncode != 0
    assert "npm run build" in done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.fixture(scope="module")
def whole(tree: Path) -> Path:
    """The same with the page, as `npm run build` leaves it."""
    copy = tree.with_name(f"{tree.name}-whole")
    shutil.copytree(tree, copy)
    static = "backend/lastwords/static"
    shutil.copytree(ROOT / static, copy / static)
    return copy


def test_an_sdist_makes_the_same_wheel(whole: Path, tmp_path: Path) -> None:
    assert build(whole, "sdist", tmp_path).returncode == 0
    (sdist,) = tmp_path.glob("*.tar.gz")
    subprocess.run(["tar", "-xf", sdist, "-C", tmp_path], check=True)
    assert build(tmp_path / sdist.name.removesuffix(".tar.gz"), "wheel", tmp_path).returncode == 0
    assert build(whole, "wheel", tmp_path / "direct").returncode == 0
    (one,), (other,) = tmp_path.glob("*.whl"), (tmp_path / "direct").glob("*.whl")
    names = [sorted(zipfile.ZipFile(wheel).namelist()) for wheel in (one, other)]
    assert names[0] == names[1] and PAGE in names[0]


def test_a_wheel_in_an_empty_environment_serves_the_page(whole: Path, tmp_path: Path) -> None:
    assert build(whole, "wheel", tmp_path).returncode == 0
    (wheel,) = tmp_path.glob("*.whl")
    subprocess.run([sys.executable, "-m", "venv", str(tmp_path / "venv")], check=True)
    python = tmp_path / "venv" / "bin" / "python"
    pip = [str(python), "-m", "pip", "install", "-q", "--disable-pip-version-check"]
    lock = ["-c", str(ROOT / "requirements.lock")]
    subprocess.run([*pip, *lock, str(wheel)], check=True, timeout=300, capture_output=True)
    command = [str(python.with_name("lastwords")), "serve", "--port", "0"]
    environment = clean_environment(LASTWORDS_HOME=str(tmp_path / "home"))
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, env=environment, cwd=tmp_path, text=True
    ) as server:
        try:
            assert server.stdout
            url = next(word for line in server.stdout for word in line.split() if "://" in word)
            with urllib.request.urlopen(url, timeout=30) as answer:  # noqa: S310
                page = answer.read().decode()
        finally:
            server.terminate()
    assert '<div id="root">' in page
    assert server.returncode == 0
