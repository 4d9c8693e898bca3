"""Payouts as people make them: whom to pay, the files for banks, what banks answer, and what payees are told."""
