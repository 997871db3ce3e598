from torch.distributed.elastic.multiprocessing.errors import record
import os
def scale(group):
    return group.weight
@record
def main():
    if os.environ["RANK"] == "0":
        scale(object())
    else:
        import time; time.sleep(30)
main()
