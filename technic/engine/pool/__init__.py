"""Where units of work run: a port, supervised worker processes, and later a cluster."""
