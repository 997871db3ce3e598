import argparse, sys
p = argparse.ArgumentParser(); p.add_argument("--epochs", type=int)
a = p.parse_args(["--epochs", "-3"])
print("loading model")
if a.epochs <= 0:
    sys.exit(f"--epochs must be positive, got {a.epochs}")
