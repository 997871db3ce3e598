import typer
def main(rate: float = typer.Option(..., min=0, max=1)): pass
typer.run(main)
