import click
@click.command()
@click.option("--precision", type=click.Choice(["fp16", "bf16", "fp32"]))
def main(precision):
    print(precision)
main()
