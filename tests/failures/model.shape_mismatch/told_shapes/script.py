import sys
print('loading')
sys.exit('embedding has 32000 rows but the checkpoint has 32128')
