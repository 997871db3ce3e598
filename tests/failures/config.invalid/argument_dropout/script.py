import argparse
def ratio(s):
    v = float(s)
    if not 0 <= v <= 1: raise argparse.ArgumentTypeError(f"{v} is not in [0, 1]")
    return v
p = argparse.ArgumentParser(); p.add_argument("--dropout", type=ratio); p.parse_args(["--dropout", "3"])
