"""What an attempt was started in: its code, packages, data, machine and variables."""
