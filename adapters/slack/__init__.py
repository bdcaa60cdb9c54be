"""Slack, as a place where Muster talks: any number of workspaces, over HTTP or Socket Mode."""
