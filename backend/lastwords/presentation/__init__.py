"""How a run is shown: as JSON, as text, as a report, as a command to run it again."""
