import argparse
p = argparse.ArgumentParser(description="Fine-tune a model"); p.add_argument("--lr", type=float, help="learning rate")
p.parse_args(["--help"])
