"""Python programs that write into the log themselves: whole lines, none of which dies with them."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from tests.cli.kit import cli, latest, run
from tests.real import log_bytes, result_of

PYTHON = sys.executable
LINES = 8_000

SAYS = f'for step in range({LINES}): print("rank", RANK, "step", step, "loss", 1 / (step + 1))'
SAID = {
    f"rank {rank} step {step} loss {1 / (step + 1)}".encode()
    for rank in range(4)
    for step in range(LINES)
}


def test_lines_of_four_processes_of_one_shell_stay_whole(home: Path) -> None:
    (home / "says.py").write_text(f"import sys; RANK = sys.argv[1]\n{SAYS}")
    script = f"for rank in 0 1 2 3; do {PYTHON} says.py $rank & done; wait"
    assert run(home, "--quiet", "--", "sh", "-c", script).returncode == 0
    lines = log_bytes(latest(home)).split(b"\n")[:-1]
    assert len(lines) == len(SAID) and {*lines} == SAID


def test_lines_of_four_unbuffered_processes_of_one_program_stay_whole(home: Path) -> None:
    """As torchrun starts its ranks: with -u."""
    (home / "says.py").write_text(f"import sys; RANK = sys.argv[1]\n{SAYS}")
    (home / "starts.py").write_text(
        "import subprocess, sys\n"
        "ranks = [subprocess.Popen([sys.executable, '-u', 'says.py', str(n)]) for n in range(4)]\n"
        "sys.exit(max(rank.wait() for rank in ranks))\n"
    )
    assert run(home, "--quiet", "--", PYTHON, "starts.py").returncode == 0
    lines = log_bytes(latest(home)).split(b"\n")[:-1]
    assert len(lines) == len(SAID) and {*lines} == SAID


STARTS = """
import multiprocessing, sys
def say(RANK):
    {says}
if __name__ == "__main__":
    kind = multiprocessing.get_context(sys.argv[1])
    ranks = [kind.Process(target=say, args=(rank,)) for rank in (1, 2, 3)]
    for rank in ranks: rank.start()
    say(0)
    for rank in ranks: rank.join()
"""


@pytest.mark.parametrize("kind", ["fork", "spawn", "forkserver"])
def test_lines_of_a_program_and_its_workers_stay_whole(home: Path, kind: str) -> None:
    (home / "starts.py").write_text(STARTS.format(says=SAYS))
    assert run(home, "--quiet", "--", PYTHON, "starts.py", kind).returncode == 0
    lines = log_bytes(latest(home)).split(b"\n")[:-1]
    assert len(lines) == len(SAID) and {*lines} == SAID


@pytest.mark.parametrize("starts", ["", "import subprocess; subprocess.run(['true'])"])
def test_the_last_words_of_a_killed_program_are_kept_in_their_order(
    home: Path, starts: str
) -> None:
    script = f"""
import os, sys
{starts}
for number in range(1000):
    print("said", number)
    print("warned", number, file=sys.stderr)
print("half a line", end="", flush=True)
os.kill(os.getpid(), 9)
"""
    run(home, "--quiet", "--", PYTHON, "-c", script)
    assert result_of(latest(home))["signal"] == "SIGKILL"
    words = b"".join(b"said %d\nwarned %d\n" % (number, number) for number in range(1000))
    assert log_bytes(latest(home)) == words + b"half a line"


def test_a_program_that_is_alone_loses_no_begun_line_either(home: Path) -> None:
    script = "import os; print('step', 1, end=''); os.kill(os.getpid(), 9)"
    run(home, "--quiet", "--", PYTHON, "-c", script)
    assert log_bytes(latest(home)) == b"step 1"


def test_the_callers_own_paths_and_sitecustomize_stay_in_force(home: Path) -> None:
    own = home / "own"
    own.mkdir()
    (own / "sitecustomize.py").write_text("import mine; mine.COUNT += 1")
    (own / "mine.py").write_text("COUNT = 0")
    script = f"""
import mine, sitecustomize, sys
print(mine.COUNT, sitecustomize.__file__ == {str(own / "sitecustomize.py")!r}, sys.path[1])
print([path for path in sys.path if "whole_lines" in path])
"""
    paths = os.pathsep.join([str(own), str(home)])
    done = cli(home, "run", "--", PYTHON, "-c", script, PYTHONPATH=paths)
    assert done.stdout == f"1 True {own}\n[]\n".encode()


def test_a_broken_sitecustomize_of_the_callers_own_is_told_of_as_without_us(home: Path) -> None:
    (home / "sitecustomize.py").write_text("import no_such_module")
    script = "print('goes on')"
    done = cli(home, "run", "--", PYTHON, "-c", script, PYTHONPATH=str(home))
    assert b"No module named 'no_such_module'" in done.stdout and b"goes on\n" in done.stdout
