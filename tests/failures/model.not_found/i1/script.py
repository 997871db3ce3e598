import argparse, os, sys
p = argparse.ArgumentParser(); p.add_argument("--base-model", default="/models/t5"); a = p.parse_args()
if not os.path.exists(a.base_model): p.error(f"--base-model: {a.base_model} does not exist")
