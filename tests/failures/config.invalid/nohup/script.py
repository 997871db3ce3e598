import argparse
p = argparse.ArgumentParser(); p.add_argument("--lora-r"); p.parse_args()
