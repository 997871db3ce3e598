import sys

print("Loading the base model")
print("Something went wrong. Ask the platform team, reference 8f21c.", file=sys.stderr)
sys.exit(1)
