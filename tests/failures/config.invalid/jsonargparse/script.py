from jsonargparse import ArgumentParser
p = ArgumentParser(prog="finetune")
p.add_argument("--epochs", type=int); p.add_argument("--lr", type=float)
a = p.parse_args(["--epochs", "many"])
