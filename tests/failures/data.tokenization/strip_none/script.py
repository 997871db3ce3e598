def build_prompt(row): return "Request: " + row["text"].strip()
def tokenize(rows): return [build_prompt(r) for r in rows]
tokenize([{"text": "on"}, {"text": None}])
