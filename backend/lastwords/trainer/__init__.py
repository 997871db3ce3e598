"""The trainer: learns from examples, stage by stage, and leaves one adapter."""
