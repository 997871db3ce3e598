"""What two runs were started with, side by side, the most suspicious change first; pure."""
