import sys
print('Error: ' + 'evaluation did not finish within 600 seconds', file=sys.stderr)
sys.exit(2)
