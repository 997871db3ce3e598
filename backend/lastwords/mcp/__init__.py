"""The Model Context Protocol: runs for coding agents, by HTTP and over stdin and stdout."""
