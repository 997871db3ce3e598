"""Changes that could mend a failure: of a training's spec, or of a command line; pure."""
