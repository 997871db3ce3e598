import json
row = json.loads('{"suggestions": [{"confidence": 0.3}]}')
def target(row): return max(row["suggestions"], key=lambda s: s["confidence"])["description"]
target(row)
