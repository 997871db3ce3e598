import argparse
a = argparse.Namespace(lr=1)
def plan(a): return a.warmup * 2 #F
plan(a)
