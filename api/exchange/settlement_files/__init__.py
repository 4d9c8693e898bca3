"""What payment providers say of a payout: each payment, refund, chargeback and fee in it, read by a mapping."""
