import sys
def main(m):
    if m not in ("lora", "ia3"): sys.exit("unsupported --method %r; use lora or ia3" % m)
main("qlora2")
