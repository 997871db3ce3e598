import os
def f(): os.kill(os.getpid(), 7) #F
f()
