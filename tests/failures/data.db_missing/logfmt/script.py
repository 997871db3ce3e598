import sys

print('ts=2026-11-24T10:00:00Z level=info msg="starting trainer" rank=0')
print('ts=2026-11-24T10:00:01Z level=error msg="failed to open database" path=/srv/train.db err="unable to open database file: no such file or directory"')
print('ts=2026-11-24T10:00:01Z level=fatal msg="exiting" code=1')
sys.exit(1)
