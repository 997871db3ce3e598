problems = ["alpha: bad", "beta: worse", "gamma is fine"]
def prep():
    report = "\n".join(["Preparation failed:", *problems])
    raise RuntimeError(report) #F
prep()
