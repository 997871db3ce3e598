import os
def setup():
    local_rank = int(os.environ["LOCAL_RANK"]) #F
    return local_rank
print("starting distributed setup")
setup()
