"""Scans <-> bytes, as a store keeps them on a disk: msgpack behind a version byte."""
