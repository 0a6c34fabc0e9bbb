"""The wing that runs scans: actors, their bus, their stores and the worker pool."""
