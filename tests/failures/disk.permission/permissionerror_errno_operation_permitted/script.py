import shutil
shutil.rmtree("/proc/self/fd")
