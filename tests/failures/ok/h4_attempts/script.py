import traceback, time
from loop import train
def attempt(i):
    if i < 2:
        raise ConnectionResetError(104, "Connection reset by peer")
    train()
for i in range(3):
    try:
        attempt(i); break
    except ConnectionResetError:
        traceback.print_exc()
        print(f"attempt {i} failed, trying again")
