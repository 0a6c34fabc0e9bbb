"""Many scans told to many watchers, and how late it reaches them."""
