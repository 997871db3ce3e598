import traceback
def train():
    raise PermissionError("/srv/out")
try:
    train()
except Exception:
    traceback.print_exc()
print("done")
