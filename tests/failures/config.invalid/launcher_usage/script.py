import argparse
p = argparse.ArgumentParser(); p.add_argument("--epochs", type=int)
p.parse_args()
