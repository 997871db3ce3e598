import os, sys
sys.stderr.write("terminate called after throwing an instance of 'std::bad_alloc'\n  what():  std::bad_alloc\n"); sys.stderr.flush()
os.abort()
