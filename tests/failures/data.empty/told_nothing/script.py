def check(ok):
    if not ok:
        raise ValueError('all examples were filtered out (min_confidence=0.9)') #F
def main():
    check(False)
main()
