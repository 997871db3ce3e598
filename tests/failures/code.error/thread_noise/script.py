import atexit, threading
atexit.register(lambda: print("Cleaning up 3 temporary files"))
def background():
    raise OSError("metrics socket closed")
t = threading.Thread(target=background); t.start(); t.join()
def main():
    values = (1, 2)
    values.append(3)
main()
