"""What each measure is held against: the least that any solution must do, written by hand for this question alone.

The statements answer the same as ours, which is checked before anything is timed. They may use what only one database
has, and know the day.
"""

from datetime import date

from django.db import connection

LEAST, GREATEST = ("LEAST", "GREATEST") if connection.vendor == "postgresql" else ("min", "max")

STORED_STATE = """CASE WHEN fixed_state <> '' THEN fixed_state WHEN active_until >= '{day}' THEN 'active'
    WHEN due_on >= '{day}' THEN 'due' WHEN lapses_on >= '{day}' THEN 'overdue'
    WHEN symbolic_until >= '{day}' THEN 'symbolic' ELSE 'dormant' END"""


def scan(day: date) -> str:
    """Return one scan of the stored columns: how many rows are in another state than the one announced."""
    state = STORED_STATE.format(day=day)
    return f"""SELECT count(*) FROM continuity_initiative
        WHERE visibility = 'published' AND announced_state <> {state}"""


def _facts(day: int) -> str:
    """Return the common tables of both questions: what the rule reads, gathered for each initiative."""
    if connection.vendor == "postgresql":
        median = "ceil(1.5 * percentile_cont(0.5) WITHIN GROUP (ORDER BY days))::int"
        inferred = f"""SELECT id, {LEAST}(3650, {GREATEST}(30, {median})) AS days FROM gap WHERE days > 0
            GROUP BY id HAVING count(*) >= 3"""
    else:
        inferred = f"""SELECT id, {LEAST}(3650, {GREATEST}(30, (3 * (min(days) + max(days)) + 3) / 4)) AS days FROM (
            SELECT id, days, count(*) OVER (PARTITION BY id) AS number,
                row_number() OVER (PARTITION BY id ORDER BY days) AS place FROM gap WHERE days > 0) AS ranked
            WHERE number >= 3 AND place IN ((number + 1) / 2, (number + 2) / 2) GROUP BY id"""
    return f"""
ledger AS (
    SELECT initiative_id AS id, max(day) FILTER (WHERE substantive AND day <= {day}) AS last_on,
        max(day) FILTER (WHERE NOT substantive AND day <= {day}) AS symbolic_on,
        min(day) FILTER (WHERE day > {day}) AS next_on
    FROM continuity_activity GROUP BY initiative_id
), pause AS (
    SELECT initiative_id AS id, max(last_day + 1) FILTER (WHERE last_day < {day}) AS resumed_on,
        max(CASE WHEN first_day <= {day} AND ({day} <= last_day OR last_day IS NULL) THEN 1 END) AS covering,
        min(CASE WHEN first_day > {day} THEN first_day WHEN last_day >= {day} THEN last_day + 1 END) AS next_on
    FROM continuity_suspension GROUP BY initiative_id
), gap AS (
    SELECT i.id, a.day - lag(a.day) OVER (PARTITION BY i.id ORDER BY a.day) AS days
    FROM continuity_initiative i JOIN continuity_activity a ON a.initiative_id = i.id
    WHERE a.substantive AND a.day <= {day} AND i.cadence IS NULL AND i.rhythm = 'regular'
        AND (i.kind <> 'commission' OR i.rule_clause IS NULL) AND i.rule_tracked_from <= {day}
        AND (i.rule_tracked_until >= {day} OR i.rule_tracked_until IS NULL)
        AND (i.rule_end >= {day} OR i.rule_end IS NULL)
), inferred AS ({inferred}), fact AS (
    SELECT i.id, CASE WHEN {day} < rule_start OR rule_start IS NULL AND stated = 'negotiation' THEN 'planned'
            WHEN rule_end < {day} OR rule_end IS NULL AND stated = 'ended' THEN 'concluded'
            WHEN covering = 1 THEN 'suspended'
            WHEN rule_tracked_from IS NULL OR {day} < rule_tracked_from OR rule_tracked_until < {day} THEN 'untracked'
            WHEN rhythm = 'irregular' THEN 'episodic' ELSE '' END AS fixed,
        {GREATEST}(coalesce(last_on, 0), coalesce(rule_start, 0), rule_tracked_from, coalesce(resumed_on, 0)) AS since,
        last_on, symbolic_on, grace,
        CASE WHEN cadence IS NOT NULL THEN 'declared' WHEN kind = 'commission' AND rule_clause IS NOT NULL
            THEN 'clause' WHEN days IS NOT NULL THEN 'inferred' ELSE 'default' END AS source,
        coalesce(cadence, CASE WHEN kind = 'commission' THEN rule_clause END, days,
            CASE kind WHEN 'agreement' THEN 730 ELSE 365 END) AS cadence,
        {LEAST}(coalesce(l.next_on, 9999999), coalesce(p.next_on, 9999999),
            CASE WHEN rule_start > {day} THEN rule_start ELSE 9999999 END,
            CASE WHEN rule_end >= {day} THEN rule_end + 1 ELSE 9999999 END,
            CASE WHEN rule_tracked_from > {day} THEN rule_tracked_from ELSE 9999999 END,
            CASE WHEN rule_tracked_until >= {day} THEN rule_tracked_until + 1 ELSE 3652060 END) - 1 AS good_until
    FROM continuity_initiative i LEFT JOIN ledger l ON l.id = i.id LEFT JOIN pause p ON p.id = i.id
        LEFT JOIN inferred n ON n.id = i.id
)"""


_LIMITS = {
    "active": "since + cadence - cadence / 5",
    "due": "since + cadence",
    "overdue": f"since + cadence + coalesce(grace, {GREATEST}(30, cadence / 2))",
    "symbolic": f"symbolic_on + cadence + coalesce(grace, {GREATEST}(30, cadence / 2))",
}


def _state(day: int) -> str:
    limits = " ".join(f"WHEN {day} <= {limit} THEN '{state}'" for state, limit in _LIMITS.items())
    return f"CASE WHEN fixed <> '' THEN fixed {limits} ELSE 'dormant' END"


def states(day: date) -> str:
    """Return `id` and `state` of every initiative on `day`, from the raw rows."""
    return f"WITH {_facts(day.toordinal())} SELECT id, {_state(day.toordinal())} AS state FROM fact"


def answers(day: date) -> str:
    """Return what the rule says of every initiative on `day`, from the raw rows."""
    number = day.toordinal()
    limits = ", ".join(
        f"CASE WHEN fixed = '' THEN {limit} END AS {name}"
        for limit, name in zip(_LIMITS.values(), ("active_until", "due_on", "lapses_on", "symbolic_until"), strict=True)
    )
    return f"""WITH {_facts(number)} SELECT id, {_state(number)} AS state, good_until, last_on AS last_activity_on,
        CASE WHEN fixed = '' THEN since END AS baseline, CASE WHEN fixed = '' THEN cadence END AS cadence_days,
        CASE WHEN fixed = '' THEN source END AS cadence_source,
        CASE WHEN fixed = '' THEN coalesce(grace, {GREATEST}(30, cadence / 2)) END AS grace_days, {limits} FROM fact"""
