"""The playground: a small chat platform of Muster's own, in one process with it.

It does what Slack and Feishu do (channels, threads, cards, forms, files, reactions) and refuses
what they refuse, so that a demonstration, a test and a screenshot all use the same adapter. `Town`
is the platform, `Playground` connects Muster to it, `routes` shows it in a browser.
"""
