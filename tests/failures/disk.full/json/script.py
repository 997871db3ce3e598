import json
def save(state):
    with open("out/state.json", "w") as f: json.dump(state, f)
save({"a": list(range(400_000))})
