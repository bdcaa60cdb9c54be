"""Decisions: what was decided, why, by whom, instead of what; proposed, found, kept for good.

`/decide` records one where it is made; `/decide propose` asks approvers to agree, and a rule says
what comes of it; `/checkpoint` plans those that a room will have to make, and it is not closed
without them. Decisions are superseded, deprecated, amended and reviewed, and each step is in a
chain that shows when somebody has tampered with it. They are found by their words and exported in
many forms. Nobody sees a decision of a private room that is not theirs, in lists or in files.
"""

from __future__ import annotations

from datetime import datetime

from bot.core.events import (
    CaptureWithdrawn,
    ChannelMoved,
    ClosingHeld,
    DrawForm,
    FormIntro,
    HomeSections,
    ItemActions,
    NextReminders,
    OpenWork,
    PersonDeactivated,
    RoomActions,
    RoomClosed,
    RoomSections,
)
from bot.feature import Feature, Outcome
from bot.features.decisions import (
    amending,
    asking,
    checkpoint_commands,
    checkpoints,
    commands,
    digest,
    export_commands,
    exports,
    home,
    life,
    life_commands,
    listing,
    log,
    log_commands,
    proposal_commands,
    proposals,
    recording,
    redacting,
    reviews,
    sources,
    steps,
    tables,
    voting,
)
from storage.tx import Tx


def _follow_closing(event: RoomClosed, tx: Tx, now: datetime) -> Outcome:
    """What is voted on ends, and then the log is left in the room."""
    ended = voting.follow_closing(event, tx, now)
    sent = log.send_log(event, tx, now)
    return Outcome(effects=(*ended.effects, *sent.effects))


FEATURE = Feature(
    name="decisions",
    commands={
        commands.RecordDecision: recording.record_decision,
        log_commands.ListDecisions: listing.list_decisions,
        log_commands.CheckDecisions: listing.check_decisions,
        log_commands.DecisionDigest: digest.decision_digest,
        log_commands.RedactDecision: redacting.redact_decision,
        export_commands.ExportDecisions: log.export_decisions,
        proposal_commands.ProposeDecision: proposals.propose,
        proposal_commands.Agree: voting.agree,
        proposal_commands.Object: voting.object_to,
        proposal_commands.Abstain: voting.abstain,
        proposal_commands.AnswerObjection: voting.answer,
        proposal_commands.WithdrawProposal: voting.withdraw,
        life_commands.ShowDecision: life.show,
        life_commands.ShowHistory: life.show_history,
        life_commands.SupersedeDecision: life.supersede,
        life_commands.DeprecateDecision: life.deprecate,
        life_commands.AmendDecision: amending.amend,
        life_commands.SetReview: reviews.set_review,
        life_commands.ConfirmDecision: reviews.confirm,
        checkpoint_commands.PlanCheckpoint: checkpoints.plan,
        checkpoint_commands.UseTemplate: checkpoints.use_template,
        checkpoint_commands.ListCheckpoints: checkpoints.list_checkpoints,
        checkpoint_commands.PassCheckpoint: checkpoints.pass_checkpoint,
        checkpoint_commands.WaiveCheckpoint: checkpoints.waive,
        checkpoint_commands.MoveCheckpoint: checkpoints.move,
        steps.ExportSent: log.export_sent,
        steps.ExportTold: log.export_told,
        steps.Bookmarked: log.bookmarked,
        steps.ReviewDue: reviews.review_due,
        steps.ReminderDue: proposals.reminder_due,
        steps.DeadlineDue: voting.deadline_due,
        steps.CheckpointDue: checkpoints.due,
        steps.DigestDue: digest.digest_due,
    },
    reactions={
        CaptureWithdrawn: sources.withdraw_decision,
        ChannelMoved: sources.follow_moving,
        PersonDeactivated: voting.follow_leaving,
        RoomClosed: _follow_closing,
    },
    answers={
        RoomSections: asking.section,
        RoomActions: asking.room_buttons,
        ItemActions: asking.item_buttons,
        OpenWork: asking.open_work,
        ClosingHeld: checkpoints.hold_closing,
        DrawForm: amending.draw_form,
        FormIntro: asking.form_intro,
        HomeSections: home.sections,
        NextReminders: home.reminders,
    },
    live={"proposal": proposals.draw},
    exports={"decisions": exports.export},
    tables=(
        tables.Decision,
        tables.Part,
        tables.Vote,
        tables.Event,
        tables.Words,
        tables.Checkpoint,
        tables.Log,
    ),
)
