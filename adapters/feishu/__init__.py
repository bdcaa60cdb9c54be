"""Feishu and Lark: one app in one tenant, as a place where Muster talks."""
