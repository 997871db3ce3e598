"""The run folder: attempts, facts written once, locks, events, artifacts, opening safely."""
