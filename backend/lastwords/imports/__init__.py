"""Logs of before: each becomes a run of kind `imported`, byte for byte."""
