import json
def messages(row): return [m["content"] for m in row["messages"]]
messages(json.loads('{"messages": "hello"}'))
