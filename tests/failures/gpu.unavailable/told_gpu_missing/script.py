import sys
print('Error: ' + 'requested 4 GPUs but only 2 are available', file=sys.stderr)
sys.exit(2)
