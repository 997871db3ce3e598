import shutil
def snapshot():
    shutil.copy("in/queries.sqlite3", "work.sqlite3") #F
snapshot()
