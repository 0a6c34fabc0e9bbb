"""Where bars come from: a port and its implementations."""
