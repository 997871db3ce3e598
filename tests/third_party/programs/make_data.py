"""The pipeline's data: rooms with their lamps' watts."""

import csv
from pathlib import Path

with Path("rooms.csv").open("w", newline="") as file:
    rows = csv.writer(file)
    rows.writerow(["room", "watts"])
    rows.writerows((f"room {number}", 20 + number % 7) for number in range(50))
