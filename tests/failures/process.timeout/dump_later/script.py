import faulthandler, time
faulthandler.dump_traceback_later(1, exit=True)
def wait_for_data():
    time.sleep(30)
print("waiting for the first batch")
wait_for_data()
