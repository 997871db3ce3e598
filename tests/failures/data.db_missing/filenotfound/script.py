import shutil
def backup():
    shutil.copy("/srv/data/ask_ai.sqlite", "copy.sqlite")
backup()
