import sys
print('loading')
sys.exit('download of model failed after 5 retries: connection reset')
