"""Commands said by processes that are killed, through a proxy that drops, to a server that dies."""
