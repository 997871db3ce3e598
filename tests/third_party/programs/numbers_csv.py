"""Numbers for a loop of one's own: three columns and their sum."""

import csv
import random
from pathlib import Path

random.seed(1)
rows = [[random.gauss(0, 1) for _ in range(3)] for _ in range(96)]
with Path("numbers.csv").open("w", newline="") as file:
    csv.writer(file).writerows([*row, sum(row)] for row in rows)
