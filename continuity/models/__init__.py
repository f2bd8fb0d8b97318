"""Initiatives, the ledger of their activity, what interrupts it, and who is told."""

from continuity.models.context import Milestone, TensionEpisode
from continuity.models.initiative import Initiative, InitiativeParticipation, Kind, Relation
from continuity.models.ledger import Activity, ActivityEntry, Lapse, Suspension
from continuity.models.notices import Concern, Notice, Subscription, Transition

__all__ = [
    "Activity",
    "ActivityEntry",
    "Concern",
    "Initiative",
    "InitiativeParticipation",
    "Kind",
    "Lapse",
    "Milestone",
    "Notice",
    "Relation",
    "Subscription",
    "Suspension",
    "TensionEpisode",
    "Transition",
]
