import sys
print('Error: ' + 'this script needs ffmpeg on the PATH', file=sys.stderr)
sys.exit(2)
