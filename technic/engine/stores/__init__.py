"""Where scans are remembered: a port and its implementations."""
