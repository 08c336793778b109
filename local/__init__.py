"""Stand-ins for the outside on this machine: object stores for the demo and the tests."""
