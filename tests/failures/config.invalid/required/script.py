import argparse
def main():
    p = argparse.ArgumentParser(prog="finetune"); p.add_argument("--output-dir", required=True); p.parse_args()
main()
