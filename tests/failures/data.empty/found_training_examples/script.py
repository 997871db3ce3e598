import typer
app = typer.Typer()
@app.command()
def train(path: str = "x.csv"):
    texts = []
    if not texts:
        typer.echo("Error: found no training examples", err=True); raise typer.Exit(3)
app()
