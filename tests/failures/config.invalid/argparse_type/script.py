import argparse
p = argparse.ArgumentParser(); p.add_argument("--lr", type=float); p.parse_args(["--lr", "1e-"])
