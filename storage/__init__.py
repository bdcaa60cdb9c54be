"""What Muster guarantees: transactions, the inbox, the outbox, timers, identity, the timeline."""
