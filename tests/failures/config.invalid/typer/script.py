import typer
def main(epochs: int = 3, rate: float = 5e-5):
    print(epochs, rate)
typer.run(main)
