import json
class DataError(Exception):
    """A row is not usable."""
def check(row, number):
    for key in ("prompt", "completion"):
        if key not in row:
            raise DataError(f"train.jsonl, line {number}: missing key '{key}'; each line needs 'prompt' and 'completion'")
for number, row in enumerate([{"prompt": "a", "completion": "b"}, {"prompt": "c"}], 1):
    check(row, number)
