"""The demo: its data, model and examples."""
