"""Writing a file of credit transfers: checked, fitted to what banks take, as bytes with what they come to."""

import hashlib

from api.exchange.credit_transfers.fitting import fitted
from api.exchange.credit_transfers.pain_001 import batches_of, control_sum, message_of, sums_of
from api.exchange.credit_transfers.transfer import CreditTransferFile, InstructedFile, InstructedPayout, WrittenFile


def write_credit_transfers(file: CreditTransferFile) -> WrittenFile:
    """
    Return the file that a bank is given, and what is to be told of it.

    Raises: CreditTransfersUnwritable, with all that is wrong, in the order of the file.
    """
    fit = fitted(file)
    content = message_of(fit.file)
    sums = sums_of(fit.file.transfers)
    return WrittenFile(
        content=content,
        sha256=hashlib.sha256(content).hexdigest(),
        count=len(fit.file.transfers),
        sums_minor=sums,
        control_sum=control_sum(sums),
        instructed=InstructedFile(
            message=file.message,
            message_id=file.message_id,
            execution_date=file.execution_date,
            payouts=tuple(
                InstructedPayout(payout=transfer.payout, batch=batch.id, amount=transfer.amount)
                for batch in batches_of(fit.file)
                for transfer in batch.transfers
            ),
        ),
        changed=fit.changed,
    )
