import os
os.setgid(65534); os.setuid(65534)
def log(line):
    with open("/sys/kernel/notes.txt", "a") as f: #F
        f.write(line)
log("x")
