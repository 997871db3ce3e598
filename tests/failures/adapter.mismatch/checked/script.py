import json, sys
open("adapter_config.json", "w").write(json.dumps({"base_model_name_or_path": "gpt2"}))
base = json.load(open("adapter_config.json"))["base_model_name_or_path"]
wanted = "google/flan-t5-small"
if base != wanted:
    raise SystemExit(f"error: the adapter was trained for {base}, not for {wanted}")
