"""The vocabulary of Muster: pure values with no clock, no network and no database."""
