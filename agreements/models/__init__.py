"""Agreements with their articles and actions, commissions with their sessions, and commitments."""

from agreements.models.agreement import Agreement, AgreementAction, Article, Registration
from agreements.models.commission import AgendaItem, Chair, Commission, Session
from agreements.models.commitment import Commitment

__all__ = [
    "AgendaItem",
    "Agreement",
    "AgreementAction",
    "Article",
    "Chair",
    "Commission",
    "Commitment",
    "Registration",
    "Session",
]
