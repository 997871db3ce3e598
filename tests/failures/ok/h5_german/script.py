import time

for epoche in range(1, 4):
    print(f"Epoche {epoche}/3, Verlust {3 / epoche:.2f}")
    time.sleep(0.01)
print("Modell gespeichert")
