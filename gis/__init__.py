"""What the system knows and does; knows nothing of the web."""
