def parse(lines):
    pairs = []
    for line in lines:
        source, target = line.rstrip("\n").split("\t")
        pairs.append((source, target))
    return pairs
parse(["a\tb\n", "only one column\n"])
