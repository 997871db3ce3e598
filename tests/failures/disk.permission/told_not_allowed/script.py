import sys
print('loading')
sys.exit('no permission to create /mnt/results')
