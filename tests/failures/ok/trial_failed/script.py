import traceback

for number in range(4):
    try:
        if number == 1:
            raise ValueError("diverged: loss=nan")
        print(f"Trial {number} finished with value: {1 / (number + 1):.3f}")
    except ValueError as error:
        print(f"Trial {number} failed because of: {error!r}")
        traceback.print_exc()
print("Training finished, best 0.25")
