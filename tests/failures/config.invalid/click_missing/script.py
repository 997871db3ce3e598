import click
@click.command()
@click.option("--data", required=True)
def main(data): print(data)
main()
