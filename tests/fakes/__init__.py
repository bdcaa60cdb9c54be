"""Chat platforms as real programs on a loopback port, for the tests."""
