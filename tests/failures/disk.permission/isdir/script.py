import os
os.makedirs("out", exist_ok=True)
def export(path):
    with open(path, "w") as f: f.write("x") #F
export("out")
