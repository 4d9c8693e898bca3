"""Webhooks tell systems outside what is recorded: signed, at least once, in order, and never to the wrong address."""
