"""Programmes and events, what came of them, and which promises they keep."""

from events.models.event import Event, EventParticipation, Sent
from events.models.output import Fulfilment, Output, StanceCoding
from events.models.programme import BudgetLine, Programme

__all__ = [
    "BudgetLine",
    "Event",
    "EventParticipation",
    "Fulfilment",
    "Output",
    "Programme",
    "Sent",
    "StanceCoding",
]
