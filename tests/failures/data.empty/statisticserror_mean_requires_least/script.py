import statistics
def report(lengths): return statistics.mean(lengths)
report([])
