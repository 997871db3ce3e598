"""A run as it is shown: in JSON, in words, as a report, as a command to run it again."""
