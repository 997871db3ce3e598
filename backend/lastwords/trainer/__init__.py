"""The trainer: trains on examples, stage by stage, and writes one adapter."""
