from rich.console import Console
c = Console(width=80, force_terminal=True)
try: [].nope
except AttributeError: c.print_exception(); c.print("[yellow]warning[/]: metric skipped, continuing")
for s in range(5): c.print(f"step {s} loss [bold]{1 / (s + 1):.3f}[/]")
c.print("[green]saved adapter to out/[/]")
