import signal, sys, time
def late(*a): print("time limit reached after 1 s, aborting", file=sys.stderr); sys.exit(124)
signal.signal(signal.SIGALRM, late); signal.setitimer(signal.ITIMER_REAL, .3); time.sleep(5)
