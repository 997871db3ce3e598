import click
@click.command()
def main():
    try: import evaluate
    except ImportError as e: raise click.ClickException(f"{e} - install the 'eval' extra")
main()
