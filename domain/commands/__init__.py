"""
Commands are the public language of change: one intent each, said to the ledger by a person, a clock or an import.

A command names its subjects by key (`PO-1001`, not `order:PO-1001`). What isn't a `PublicCommand` follows from events
inside the ledger and is taken from nobody.
"""

from domain.commands.amendments import *
from domain.commands.bank import *
from domain.commands.clocks import *
from domain.commands.command import *
from domain.commands.commissions import *
from domain.commands.disputes import *
from domain.commands.fx import *
from domain.commands.guarantees import *
from domain.commands.holds import *
from domain.commands.orders import *
from domain.commands.parties import *
from domain.commands.payees import *
from domain.commands.payouts import *
from domain.commands.periods import *
from domain.commands.realisation import *
from domain.commands.reconciliation import *
from domain.commands.rulebooks import *
from domain.commands.settlements import *
from domain.commands.takeovers import *

PublicCommand = (
    OpenBook
    | ReopenLog
    | DraftRulebook
    | ApproveRulebook
    | PublishRulebook
    | PlaceOrder
    | AcceptOrder
    | CancelOrder
    | RecordPayment
    | DispatchGoods
    | RecordDelivery
    | ConfirmReceipt
    | LapseInspection
    | ProposeAmendment
    | AcceptAmendment
    | DeclineAmendment
    | ExtendInspection
    | ExpireClocks
    | PauseClock
    | ResumeClock
    | OpenDispute
    | AnswerClaim
    | WithdrawClaim
    | SubmitEvidence
    | PostMessage
    | MakeOffer
    | AcceptOffer
    | DeclineOffer
    | EscalateDispute
    | AssignMediator
    | DeclareConflict
    | RecuseMediator
    | RequestEvidence
    | ProposeDecision
    | ApproveDecision
    | ReturnDecision
    | AppealRuling
    | WaiveAppeal
    | DispatchReturn
    | AcknowledgeReturn
    | DispatchReplacement
    | AcknowledgeReplacement
    | ProposeRelease
    | ApproveRelease
    | RejectRelease
    | ProposeRefund
    | ApproveRefund
    | RejectRefund
    | FreezeHold
    | UnfreezeHold
    | RecordChargeback
    | CloseHold
    | AdvanceGuarantee
    | RepayAdvance
    | ProposeWriteOff
    | ApproveWriteOff
    | RejectWriteOff
    | PlanPayout
    | PlanSweep
    | PlanRemittance
    | ApprovePayout
    | CancelPayout
    | InstructPayouts
    | AcceptPayout
    | RejectPayout
    | RegisterBankAccount
    | RecordBankStatement
    | RecordBankEntries
    | RecordSettlement
    | ClearSettlementLines
    | ReopenSettlementLines
    | MatchBankEntries
    | UndoMatch
    | RaiseBreaks
    | ResolveBreak
    | AssignBreak
    | CommentBreak
    | ProposeBreakWriteOff
    | ApproveBreakWriteOff
    | RejectBreakWriteOff
    | RecordRepayment
    | DeclareUnclaimed
    | ReclaimUnclaimed
    | RecordOpeningBalances
    | TakeOverOrder
    | RegisterParty
    | ChangeProfile
    | ReferExporter
    | ScreenParty
    | SuspendParty
    | ReinstateParty
    | PlaceLegalHold
    | LiftLegalHold
    | ForgetParty
    | RecordWatchlist
    | SignAgreement
    | AmendAgreement
    | EndAgreement
    | ClosePeriod
    | SealPeriod
    | ProposeReopening
    | ApproveReopening
    | RejectReopening
    | RecordReceivable
    | LinkOrder
    | RecordRemittance
    | AllocateRemittance
    | FreeRemittance
    | DeductFromReceivable
    | WithdrawDeduction
    | CertifyRealisation
    | CancelCertificate
    | ExtendRealisation
    | CloseReceivable
    | RecordRates
    | CorrectRates
    | RecordConversion
    | ReverseConversion
    | RevalueExposure
)
