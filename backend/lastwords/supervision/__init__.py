"""Decisions about runs: start, cancel, retry, settle, watch, retention, health, rebuild."""
