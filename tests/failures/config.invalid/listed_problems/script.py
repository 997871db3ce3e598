import sys

problems = ["  - epochs: must be positive", "  - base_model: required"]
sys.exit("\n".join(["Configuration problems:", *problems]))
