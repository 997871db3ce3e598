import click
@click.command()
@click.option("--epochs", type=int)
def main(epochs): pass
main()
