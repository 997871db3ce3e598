import click
@click.command()
@click.option("--method", type=click.Choice(["lora", "ia3"]), required=True)
def main(method): pass
main()
