def fail():
    raise RuntimeError("Training abgebrochen\nGrund: Daten fehlen\nZeile 12 ist kaputt\n\nBitte melden.") #F
print("los")
fail()
