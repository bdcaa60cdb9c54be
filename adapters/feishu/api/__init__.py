"""What Muster asks of Feishu's API: one small function a call, by noun.

They take the client first, return the `data` of the answer or the part that is wanted, and raise
what `FeishuClient.call` raises. People are open_ids throughout.
"""
