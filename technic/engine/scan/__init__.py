"""One scan as a pure thing: no loop, no clock, no I/O."""
