import traceback
for s in range(40):
    print(f"step {s} loss {1 / (s + 1):.3f}")
    if s % 10 == 0:
        try: {}["metric"]
        except KeyError: traceback.print_exc()
print("done")
