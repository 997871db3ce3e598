import signal, time
def ring(number, frame):
    raise TimeoutError("training took longer than 1 s")
signal.signal(signal.SIGALRM, ring); signal.setitimer(signal.ITIMER_REAL, 0.5)
def loop():
    while True:
        time.sleep(0.1)
loop()
