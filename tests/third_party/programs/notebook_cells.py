"""A notebook like one that is run by papermill: a parameter, data, a loop that prints its loss."""

import json
from pathlib import Path

DATA = """
import random

random.seed(1)
rooms = [{"room": number, "watts": random.random()} for number in range(20)]
"""
LOOP = """
guess = 0.0
for step in range(1, 21):
    slope = 2 * sum(guess - value for value in values) / len(values)
    guess -= 0.1 * slope
    print({"loss": round(slope**2, 4), "epoch": step})
"""
CELLS = ['column = "watts"', DATA, "values = [room[column] for room in rooms]", LOOP]


def cell(source: str, tags: list[str]) -> dict[str, object]:
    return {
        "cell_type": "code",
        "execution_count": None,
        "metadata": {"tags": tags},
        "outputs": [],
        "source": source,
    }


def write(path: Path, sources: list[str]) -> None:
    """A notebook of these cells; the first holds papermill's parameters."""
    cells = [
        cell(source.strip(), [] if number else ["parameters"])
        for number, source in enumerate(sources)
    ]
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    notebook = {"cells": cells, "metadata": {"kernelspec": kernel}, "nbformat": 4}
    path.write_text(json.dumps(notebook | {"nbformat_minor": 4}))


if __name__ == "__main__":
    write(Path("loop.ipynb"), CELLS)
