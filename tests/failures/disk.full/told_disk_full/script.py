def check(ok):
    if not ok:
        raise ValueError('only 120 MB left on /scratch, need 4 GB for a checkpoint') #F
def main():
    check(False)
main()
