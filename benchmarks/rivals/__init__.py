"""What people would use in place of technic's engine, each in a module, all behind one protocol."""
