import os, time
if os.environ["RANK"] == "1": time.sleep(1); os.kill(os.getpid(), 9)
time.sleep(20)
