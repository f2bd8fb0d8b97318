"""In what order a search shows what it has found: what is called just so, then what begins so, then the rest.

A name counts in any of its languages and scripts, aliases included: `folded` holds each in one piece
(`registry.core.fold.stored`), so that the same column and the same trigram index tell that a name is the query, or
begins with it.
"""

from django.db.models import Case, IntegerField, Q, QuerySet, Value, When

from registry.core.fold import begin_of_name, whole_name


def ranks(asked: str) -> tuple[Q, ...]:
    """Return the conditions of the ranks, best first, for a query in canonical form; () where nothing is asked.

    A row that is found fulfils exactly one of them.
    """
    if not asked:
        return ()
    just_so, begins = Q(folded__contains=whole_name(asked)), Q(folded__contains=begin_of_name(asked))
    return just_so, begins & ~just_so, ~begins


def best_first(rows: QuerySet, asked: str) -> QuerySet:
    """Return the rows in the order of their ranks, within each as they were ordered."""
    ranked = ranks(asked)
    if not ranked:
        return rows
    whens = [When(condition, then=Value(number)) for number, condition in enumerate(ranked)]
    within = rows.query.order_by or rows.model._meta.ordering
    return rows.order_by(Case(*whens, output_field=IntegerField()), *within)
