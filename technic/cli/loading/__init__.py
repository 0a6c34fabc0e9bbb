"""The parts of `technic load`: what drives a server, and what keeps account of what it says."""
