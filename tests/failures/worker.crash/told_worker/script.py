import sys
print('Error: ' + 'preprocess child 3 exited with code -11', file=sys.stderr)
sys.exit(2)
