import argparse
p = argparse.ArgumentParser(description="train"); p.add_argument("--epochs", type=int); p.add_argument("model")
p.parse_args()
