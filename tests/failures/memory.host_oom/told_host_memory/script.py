import json, sys
print(json.dumps({'level': 'info', 'msg': 'start'}))
print(json.dumps({'level': 'error', 'msg': 'not enough host memory: need 48 GB, 31 GB available'}))
sys.exit(1)
