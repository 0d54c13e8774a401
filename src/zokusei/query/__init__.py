"""Query: what somebody looks for, in words of either language."""

from zokusei.query.formatting import Language, format_query
from zokusei.query.parser import parse_query
from zokusei.query.query import WEIGHT_RANGE, Query, QueryTerm, UnknownWord
from zokusei.query.suggestions import suggest

__all__ = [
    "WEIGHT_RANGE",
    "Language",
    "Query",
    "QueryTerm",
    "UnknownWord",
    "format_query",
    "parse_query",
    "suggest",
]
