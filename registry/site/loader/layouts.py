"""The kinds of files, in the order in which they depend on each other, and their columns (docs/data.md)."""

from actors.models import Actor
from agreements.models import Agreement, AgreementAction, Chair, Commission, Commitment, Session
from continuity.models import Initiative, InitiativeParticipation, Milestone, Relation, TensionEpisode
from events.models import Event, Output, Programme
from registry.core.models import Citation, Indicator, Pair, Place, Source
from registry.site.loader import attached, records
from registry.site.loader.drafts import Layout


def same(names: str) -> dict[str, str]:
    """Return columns that are called as their fields."""
    return {name: name for name in names.split()}


INITIATIVE = same("pair title title_language level fields rhythm visibility note") | {
    **same("tracking tracked_from tracked_until meeting_clause_days"),
    "parent_ref": "parent",
    "cadence_days": "cadence",
    "grace_days": "grace",
}
SIDES = ("country_a", "country_b")
STANDING = "standing own_secretariat own_budget host_alternates status_as_stated"

LAYOUTS: dict[str, Layout] = {
    "pairs": Layout(
        Pair,
        same("tracked_from tracked_until tracking_basis note"),
        needed=("code",),
        ref="code",
        build=records.pair,
    ),
    "sources": Layout(
        Source,
        same("kind authors title publisher container doi address archived_address date language accessed licence about")
        | same("visibility note"),
        needed=("ref", "kind"),
    ),
    "places": Layout(
        Place,
        same("name country subdivision latitude longitude border_of note"),
        needed=("ref|name_en", "name|name_en", "country"),
        extras=("other_names", "place", "name_en", "aliases"),
        build=records.place,
        finish=records.place_names,
    ),
    "actors": Layout(
        Actor,
        same("name name_language type sector country visibility note") | {"parent_ref": "parent"},
        needed=("ref", "name", "type", "sector", "country"),
        extras=("other_names",),
        finish=records.actor,
    ),
    "agreements": Layout(
        Agreement,
        INITIATIVE
        | same("type declared_status signed_on in_force_on ended_on languages summary short_title")
        | same("term_months tacit_renewal renewal_months notice_months")
        | {"signed_place_ref": "signed_place", "ends_on": "ended_on"},
        needed=("ref", "pair|country_a", "title", "type", "signed_on"),
        extras=(*SIDES, "place", "relation", "registration_scheme", "registration_no", "source_ref", "document_url"),
        refs={"source_ref": Source},
        build=records.agreement_row,
        finish=records.agreement,
    ),
    "commissions": Layout(
        Commission,
        INITIATIVE | same(f"type started_on ended_on summary short_title {STANDING}"),
        needed=("ref", "pair", "title", "type"),
        finish=records.commission,
    ),
    "programmes": Layout(
        Programme,
        INITIATIVE | same("started_on ended_on status_as_stated summary short_title") | {"kind": "programme_kind"},
        needed=("ref", "pair", "title", "kind"),
        finish=records.programme,
    ),
    "actions": Layout(
        AgreementAction,
        same("ref action party acted_on note"),
        needed=("ref", "agreement_ref", "action"),
        extras=("agreement_ref",),
        refs={"agreement_ref": Agreement},
        ref="",
        build=attached.action,
    ),
    "relations": Layout(
        Relation,
        same("ref note") | {"relation": "kind"},
        needed=("ref", "from_ref", "relation", "to_ref"),
        extras=("from_ref", "to_ref"),
        refs={"from_ref": Initiative, "to_ref": Initiative},
        ref="",
        build=attached.relation,
    ),
    "chairs": Layout(
        Chair,
        same("office on_file_on until"),
        needed=("commission_ref", "side", "actor_ref"),
        extras=("commission_ref", "side", "actor_ref"),
        refs={"commission_ref": Commission, "actor_ref": Actor},
        ref="",
        build=attached.chair,
    ),
    "sessions": Layout(
        Session,
        same("number planned_on started_on ended_on reported_on format outcome outcome_reason agenda_fields")
        | same("minutes_language visibility note")
        | {"commission_ref": "commission", "place_ref": "place"},
        needed=("ref", "commission_ref", "outcome"),
    ),
    "events": Layout(
        Event,
        same("pair title title_language kind planned_on planned_until started_on ended_on reported_on planned_level")
        | same("level format outcome outcome_reason country border fields audiences attendance occasion occasion_note")
        | same("also_involved informal visibility note")
        | {"initiative_ref": "initiative", "session_ref": "session", "place_refs": "places"},
        needed=("ref", "pair", "title", "kind", "format", "outcome"),
        extras=("sent_by_country",),
        finish=records.event,
    ),
    "outputs": Layout(
        Output,
        same("pair kind title title_language language published_on copies co_produced visibility note")
        | {"event_ref": "event"},
        needed=("ref", "pair", "kind", "title"),
    ),
    "commitments": Layout(
        Commitment,
        same("pair text fields promised_on due_on state state_a state_b responsible_a responsible_b note"),
        needed=("ref", "pair", "text"),
        extras=("origin_kind", "origin_ref", "fulfilled_by", "fulfilled_on"),
        finish=records.commitment,
    ),
    "indicators": Layout(
        Indicator,
        same("pair what value unit date note") | {"source_ref": "source"},
        needed=("ref", "pair", "what", "value", "unit"),
    ),
    "tension_episodes": Layout(
        TensionEpisode,
        same("pair kind title title_language started_on ended_on end_known intensity visibility note")
        | {"started": "started_on", "ended": "ended_on"},
        needed=("ref", "pair|country_a", "kind", "started_on|started"),
        extras=(*SIDES, "source_ref", "source_id"),
        refs={"source_ref": Source},
        finish=records.episode,
    ),
    "milestones": Layout(
        Milestone,
        same("pair kind title title_language started_on ended_on note") | {"place_ref": "place"},
        needed=("ref", "pair", "kind", "title", "started_on"),
    ),
    "participations": Layout(
        InitiativeParticipation,
        same("side role note"),
        needed=("record_ref", "actor_ref", "role"),
        extras=("record_ref", "actor_ref"),
        refs={"record_ref": None, "actor_ref": Actor},
        ref="",
        build=attached.participation,
    ),
    "citations": Layout(
        Citation,
        {},
        needed=("record_ref", "source_ref", "field"),
        extras=("record_ref", "source_ref", "field", "value", "locator"),
        refs={"record_ref": None, "source_ref": Source},
        ref="",
        build=attached.citation,
    ),
}
"""Name of the kind → layout. A column of `refs` that names no model may name a record of any kind."""
