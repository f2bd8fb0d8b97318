"""The floor: a bare view that passes on what one statement of PostgreSQL has made, the same answer as Concord's.

Each statement was written by hand for its question alone: the names, their order, the addresses, what is public and
where the next page begins (`registry.core.paging.encode`) are Concord's. A list takes one row more than it
sends, to know of that page.
"""

from django.conf import settings
from django.db import connection
from django.http import HttpRequest, HttpResponse

PUBLIC = "visibility = 'published'"
NEXT = """(SELECT CASE WHEN count(*) = 51 THEN %(here)s || '&cursor=' || (
    SELECT rtrim(translate(encode(convert_to('["-day", "' || sort_day || '", ' || id || ', 0]', 'UTF8'), 'base64'),
        E'+/\\n', '-_'), '=') FROM found ORDER BY sort_day DESC, id DESC OFFSET 49 LIMIT 1) END FROM found)"""
AGREEMENT = """'ref', i.ref, 'pair', i.pair_id, 'title', i.title, 'titles', i.titles,
    'fields', coalesce((SELECT json_agg(t.code ORDER BY t.vocabulary, t.position) FROM continuity_initiative_fields f
        JOIN core_term t ON t.id = f.term_id WHERE f.initiative_id = i.id), '[]'::json),
    'ended_on', nullif(i.ended_on, ''), 'type', i.type, 'declared_status', i.declared_status,
    'signed_on', nullif(i.signed_on, ''), 'in_force_on', nullif(i.in_force_on, '')"""


def _list(rows: str, row: str) -> str:
    """Return the statement for a page: its rows by `rows`, each written as `row` says of `i`."""
    return f"""WITH found AS MATERIALIZED ({rows} ORDER BY sort_day DESC, id DESC LIMIT 51)
        SELECT json_build_object('results', (
            SELECT coalesce(json_agg(json_build_object({row}) ORDER BY sort_day DESC, id DESC), '[]'::json)
            FROM (SELECT * FROM found ORDER BY sort_day DESC, id DESC LIMIT 50) i
        ), 'next', {NEXT}, 'license', %(licence)s::json)::text"""


SQL = {
    "pair": _list(
        f"SELECT * FROM events_event WHERE {PUBLIC} AND pair_id = %(pair)s",
        """'ref', i.ref, 'title', i.title,
        'initiative', (SELECT json_build_object('title', coalesce(n.titles->>'en', n.title))
            FROM continuity_initiative n WHERE n.id = i.initiative_id AND n.visibility = 'published'),
        'kind', i.kind, 'started_on', nullif(i.started_on, ''), 'outcome', i.outcome,
        'participations', coalesce((
            SELECT json_agg(json_build_object('actor', json_build_object('title', a.name), 'role', p.role)
                ORDER BY p.id)
            FROM events_eventparticipation p JOIN actors_actor a ON a.id = p.actor_id AND a.visibility = 'published'
            WHERE p.event_id = i.id), '[]'::json)""",
    ),
    "agreements": _list(
        f"""SELECT * FROM continuity_initiative n JOIN agreements_agreement a ON a.initiative_ptr_id = n.id
        WHERE {PUBLIC} AND a.declared_status = %(declared_status)s
        AND n.pair_id IN (SELECT ref FROM core_pair WHERE a_id = %(country)s OR b_id = %(country)s)
        AND n.id IN (SELECT f.initiative_id FROM continuity_initiative_fields f JOIN core_term t ON t.id = f.term_id
            WHERE t.vocabulary = 'field' AND t.code = %(field)s)""",
        AGREEMENT,
    ),
    "agreement": f"""SELECT json_build_object({AGREEMENT},
        'commissions', coalesce((
            SELECT json_agg(json_build_object('ref', c.ref, 'title', c.title, 'started_on', nullif(c.started_on, ''),
                'type', m.type) ORDER BY c.sort_day DESC, c.id DESC)
            FROM continuity_initiative c JOIN agreements_commission m ON m.initiative_ptr_id = c.id
            WHERE c.parent_id = i.id AND c.{PUBLIC}), '[]'::json),
        'events', coalesce((
            SELECT json_agg(json_build_object('ref', e.ref, 'title', e.title, 'kind', e.kind,
                'started_on', nullif(e.started_on, ''), 'outcome', e.outcome) ORDER BY e.sort_day DESC, e.id DESC)
            FROM (SELECT * FROM events_event WHERE initiative_id = i.id AND {PUBLIC}
                ORDER BY sort_day DESC, id DESC LIMIT 10) e), '[]'::json))::text
        FROM (SELECT * FROM continuity_initiative n JOIN agreements_agreement a ON a.initiative_ptr_id = n.id) i
        WHERE i.ref = %(ref)s AND i.{PUBLIC}""",
    "words": _list(
        f"SELECT * FROM events_event WHERE {PUBLIC} AND folded LIKE %(one)s AND folded LIKE %(other)s",
        """'ref', i.ref, 'pair', i.pair_id, 'title', i.title, 'kind', i.kind,
        'started_on', nullif(i.started_on, ''), 'outcome', i.outcome""",
    ),
}


def pass_on(request: HttpRequest, name: str, address: str) -> HttpResponse:
    """Answer what Concord answers at `address` with the same parameters."""
    asked = request.GET.dict() | {"licence": settings.LICENCE}
    asked["here"] = f"{settings.SITE_URL}/{address}?{request.GET.urlencode()}"
    if name == "words":
        asked["one"], asked["other"] = (f"%{word}%" for word in asked["q"].split())
    with connection.cursor() as cursor:
        cursor.execute(SQL[name], asked)
        return HttpResponse(cursor.fetchone()[0], content_type="application/json")
