"""
A bank, as a process of its own that is talked to through files alone.

It keeps an account book for each account, takes pain.001 and buyers' transfers, and answers with pain.002 and one
camt.053 for each account and day, with the noise of tests/bank_noise.py. It reads and writes the messages by itself: it
shares no line with what it is to test.
"""
