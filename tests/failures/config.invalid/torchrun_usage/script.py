import argparse
p = argparse.ArgumentParser(); p.add_argument("--lr", type=float, required=True)
p.parse_args()
