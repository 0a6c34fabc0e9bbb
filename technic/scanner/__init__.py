"""The wing that knows what a scan computes: bars, indicators, votes, filters, rows."""
