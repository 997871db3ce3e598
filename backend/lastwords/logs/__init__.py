"""output.log by bytes, lines and times; search; its line index."""
