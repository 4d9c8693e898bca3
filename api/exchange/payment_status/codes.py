"""
Codes of banks in clear words: of statuses, and of the reasons for them.

Source: the external code lists of ISO 20022 (payment group status, payment transaction status, status reason). The
sentences are our own, for a person in finance who has to do something about it.
"""

from api.exchange.payment_status.report import Standing

STANDINGS: dict[str, Standing] = {
    "ACTC": "accepted",  # authentic and well formed
    "ACCP": "accepted",  # and the customer's profile agrees
    "ACFC": "accepted",  # and there are funds
    "ACSP": "accepted",  # being executed
    "ACWC": "accepted",  # with a change, as of the day
    "ACWP": "accepted",  # without being posted to the payee's account yet
    "ACPD": "accepted",  # handed to the clearing
    "ACIS": "accepted",  # a cheque was issued
    "ACSC": "settled",  # on the payer's account
    "ACCC": "settled",  # on the payee's account
    "CPUC": "settled",  # picked up in cash
    "RCVD": "pending",
    "PDNG": "pending",
    "ACFW": "pending",  # somebody has to confirm it
    "PATC": "pending",  # more people have to sign
    "PRES": "pending",
    "BLCK": "pending",  # neither posted nor given back
    "RCVC": "pending",  # the payee's name was checked: these five
    "RVCM": "pending",
    "RVMC": "pending",
    "RVNA": "pending",
    "RVNC": "pending",
    "RVNM": "pending",
    "PART": "partly",
    "RJCT": "rejected",
    "CANC": "rejected",  # as we asked
}

SENTENCES = {
    "AB05": "The payee's bank didn't answer in time.",
    "AB06": "A bank on the way didn't answer in time.",
    "AB08": "The payee's bank couldn't be reached.",
    "AB09": "Something went wrong at the payee's bank.",
    "AB10": "Something went wrong at a bank on the way.",
    "AC01": "The account number is wrong or missing.",
    "AC02": "The number of the account that pays is wrong or missing.",
    "AC03": "The payee's account number is wrong or missing.",
    "AC04": "The account is closed.",
    "AC05": "The account that pays is closed.",
    "AC06": "The account is blocked.",
    "AC07": "The payee's account is closed.",
    "AC08": "The branch is wrong or missing.",
    "AC09": "The account's currency is wrong or missing.",
    "AC10": "The currency of the account that pays is wrong or missing.",
    "AC11": "The payee's account isn't kept in this currency.",
    "AC13": "The kind of the account that pays is wrong or missing.",
    "AC14": "The kind of the payee's account is wrong or missing.",
    "AG01": "This account may not be used for such payments.",
    "AG02": "The bank doesn't know this kind of payment.",
    "AG03": "This account isn't allowed this kind of payment.",
    "AG07": "The account that pays can't be debited.",
    "AG08": "Whoever sent this may not pay from the account.",
    "AGNT": "A bank on the way is wrong.",
    "AM01": "The amount is zero.",
    "AM02": "The amount is greater than allowed.",
    "AM03": "The currency can't be paid under the agreement with the bank.",
    "AM04": "There isn't enough money on the account.",
    "AM05": "The bank takes it for a duplicate.",
    "AM06": "The amount is below the minimum.",
    "AM07": "An authority has blocked the amount.",
    "AM09": "The amount isn't the one that was agreed.",
    "AM10": "The amounts don't come to the sum in the file.",
    "AM11": "The currency is wrong or missing.",
    "AM12": "The amount is wrong or missing.",
    "AM13": "The amount is beyond the clearing's limit.",
    "AM14": "The amount is beyond the limit agreed with the bank.",
    "AM16": "The sum in the file's header is wrong.",
    "AM17": "The sum in a batch's header is wrong.",
    "AM18": "The number of payments is wrong or missing.",
    "AM19": "The number of payments in the file's header is wrong or missing.",
    "AM20": "The number of payments in a batch's header is wrong.",
    "AM21": "The amount is beyond the limit agreed with the bank.",
    "BE01": "The name doesn't go with the account number.",
    "BE04": "The payee's address is needed, and it is missing or wrong.",
    "BE05": "The payee doesn't know who pays.",
    "BE06": "The payee's bank doesn't know the payee.",
    "BE07": "The payer's address is needed, and it is missing or wrong.",
    "BE09": "A country is missing or wrong.",
    "BE11": "The payee's country is missing or wrong.",
    "BE20": "A name is too long for this kind of payment.",
    "BE21": "A name is missing or wrong.",
    "BE22": "The payee's name is missing.",
    "CH03": "The day of payment is too far ahead.",
    "CH04": "The day of payment is too far back.",
    "CH16": "Something in it is wrong.",
    "CH17": "Something in it isn't allowed.",
    "CH20": "The amount has more decimals than the currency.",
    "CH21": "Something that has to be in it is missing.",
    "CNOR": "The clearing doesn't know the payee's bank.",
    "CURR": "The currency is wrong.",
    "CUST": "The payer asked for it to be cancelled.",
    "DNOR": "The clearing doesn't know the bank that pays.",
    "DS02": "Somebody authorised has cancelled the order.",
    "DS04": "The bank has rejected the order for what is in it.",
    "DS0A": "A signature is needed.",
    "DS0H": "Whoever signed may not sign for this account.",
    "DT01": "A date is wrong or missing.",
    "DT02": "The file's time of creation is wrong.",
    "DT03": "The day isn't a working day of the bank.",
    "DT04": "A day in the future isn't supported.",
    "DT05": "It came after the bank's cut-off time.",
    "DT06": "The bank has moved the day of payment.",
    "DU01": "A file with this message id came before.",
    "DU02": "A batch with this id came before.",
    "DU03": "The payment came before.",
    "DU04": "A payment with this end-to-end id came before.",
    "DU05": "A payment with this instruction id came before.",
    "DUPL": "It is a duplicate of another payment.",
    "ED05": "The payment couldn't be settled.",
    "ERIN": "The payee's bank doesn't take extended remittance information.",
    "FF01": "The file's format is wrong or incomplete.",
    "FF02": "The file's format is wrong, in the way that the bank describes.",
    "FF03": "The kind of payment is wrong or missing.",
    "FF04": "The service level is wrong or missing.",
    "FF05": "The local instrument is wrong or missing.",
    "FF06": "The category of purpose is wrong or missing.",
    "FF07": "The purpose is wrong or missing.",
    "FF08": "The end-to-end id is wrong or missing.",
    "FF10": "The bank has technical trouble: the file may be sent again.",
    "FOCR": "Given back after a request to cancel.",
    "FR01": "Given back because of fraud.",
    "G004": "The payee's bank waits for the money to arrive.",
    "MD07": "The account's holder has died.",
    "MS02": "The payee refuses it, and doesn't say why.",
    "MS03": "The bank refuses it, and doesn't say why.",
    "NARR": "For the reason that the bank describes.",
    "NOAS": "The payee didn't answer.",
    "NOCM": "The account doesn't comply with what an authority asks for.",
    "RC01": "The bank's identifier is malformed.",
    "RC02": "A bank's identifier is wrong or missing.",
    "RC03": "The identifier of the bank that pays is wrong or missing.",
    "RC04": "The identifier of the payee's bank is wrong or missing.",
    "RC05": "A BIC is wrong or missing.",
    "RC06": "The BIC of the bank that pays is wrong or missing.",
    "RC07": "The BIC of the payee's bank is wrong or missing.",
    "RC08": "A bank's number in its clearing system is wrong or missing.",
    "RC09": "The number in its clearing system of the bank that pays is wrong or missing.",
    "RC10": "The number in its clearing system of the payee's bank is wrong or missing.",
    "RC11": "A bank on the way is wrong or missing.",
    "RR01": "An authority needs the payer's account or id.",
    "RR02": "An authority needs more of the payer's name or address.",
    "RR03": "An authority needs more of the payee's name or address.",
    "RR04": "For a reason that lies with an authority.",
    "RR05": "What has to be reported to an authority is missing or wrong.",
    "RR06": "Information on tax is missing or wrong.",
    "RR07": "The remittance information isn't as this kind of payment needs it.",
    "RR10": "A character isn't allowed for the country or this kind of payment.",
    "RR12": "An id that the country or this kind of payment needs is missing or wrong.",
    "SL11": "The bank pays only to payees that the payer has listed.",
    "SL12": "The payer has this payee on a list of those not to be paid.",
    "TM01": "It came after the bank's cut-off time.",
    "UPAY": "The payment isn't justified.",
}


def standing_of(code: str) -> Standing:
    """Return what a status comes to."""
    return STANDINGS.get(code, "unknown") if code else "unsaid"


def sentence_of(code: str) -> str:
    """Return a reason in clear words; a code that isn't known here is told as it is."""
    return SENTENCES.get(code, code)
