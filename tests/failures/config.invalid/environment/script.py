import os
def rank():
    return int(os.environ["LOCAL_RANK"])
rank()
