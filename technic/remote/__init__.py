"""A technic server as its clients see it: calls that are tried again, and a watch that survives restarts."""
