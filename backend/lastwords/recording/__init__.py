"""The recorder's own process, and what others need to know of it: standard library only."""
