import sys

print("stage 1: output folder /srv/out is read-only, refusing to train", file=sys.stderr)
sys.exit(1)
