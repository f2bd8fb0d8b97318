"""The common ground: people, countries, pairs, vocabularies, places, sources, and the log of every write."""

from registry.core.models.about import Citation, Comment, Confirmation, Document
from registry.core.models.api import Answered, ApiToken
from registry.core.models.countries import Country, Pair
from registry.core.models.log import Change, FormDraft, Heartbeat, Job, Revision
from registry.core.models.people import DeskRole, User
from registry.core.models.record import Record, Titled, Visible
from registry.core.models.sources import Framework, Indicator, Place, Source
from registry.core.models.words import Alias, Subject, Term

__all__ = [
    "Alias",
    "Answered",
    "ApiToken",
    "Change",
    "Citation",
    "Comment",
    "Confirmation",
    "Country",
    "DeskRole",
    "Document",
    "FormDraft",
    "Framework",
    "Heartbeat",
    "Indicator",
    "Job",
    "Pair",
    "Place",
    "Record",
    "Revision",
    "Source",
    "Subject",
    "Term",
    "Titled",
    "User",
    "Visible",
]
