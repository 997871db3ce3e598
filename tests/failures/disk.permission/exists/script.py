import os
open("out", "w").close()
def prepare(): os.mkdir("out")
prepare()
