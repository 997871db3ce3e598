import argparse
p = argparse.ArgumentParser()
p.add_argument("--learning-rate", type=float, default=5e-5)
p.add_argument("--method", choices=["lora", "ia3"])
p.parse_args()
