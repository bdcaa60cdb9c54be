"""Where Muster talks: one folder a platform, each with the same file names doing the same jobs."""
