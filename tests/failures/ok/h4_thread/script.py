import threading
from loop import train
def monitor():
    raise FileNotFoundError("/sys/class/hwmon/hwmon9/temp1_input")
t = threading.Thread(target=monitor, name="gpu-monitor"); t.start(); t.join()
train(6)
