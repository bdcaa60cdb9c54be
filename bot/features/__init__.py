"""What Muster can do, one folder a capability, each with the same file names for the same jobs."""
