print("loading data")
for step in range(5):
    print(f"epoch {step} loss {1 / (step + 1):.3f}")
def report():
    return [].total
report()
