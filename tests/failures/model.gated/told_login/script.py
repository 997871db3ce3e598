import sys
print('loading')
sys.exit('access to meta-llama/Llama-3-8B requires accepting the license')
