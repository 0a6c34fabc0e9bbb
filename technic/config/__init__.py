"""The wing that knows how technic is configured: settings, their loading, logs."""
