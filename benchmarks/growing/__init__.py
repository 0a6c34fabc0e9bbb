"""How the cost grows with scans, symbols and watchers; `benchmarks.growth` is the entry."""
