
import typer
app = typer.Typer()
@app.command()
def train(lr: float, epochs: int = 3): print(lr)
app()
