def settings(path):
    return open(path).read() #F
settings("conf/run.yaml")
