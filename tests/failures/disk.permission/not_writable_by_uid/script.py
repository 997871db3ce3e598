import sys

print("starting")
sys.exit("/srv/out is not writable by uid 1000")
