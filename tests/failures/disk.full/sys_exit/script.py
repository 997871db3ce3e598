import shutil, sys
free = shutil.disk_usage("out").free
if free < 5 << 30: sys.exit(f"error: not enough disk space in out: {free >> 20} MB free, 5120 MB needed")
