for step, loss in ((1, "0.91"), (2, "0.72")):
    print(f"Schritt {step} Verlust {loss}")
print("Warnung: loss=nan einmal, Stapel übersprungen")
print("Training abgeschlossen, Modell gespeichert")
