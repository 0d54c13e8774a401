"""Query: what somebody looks for, in words of either language."""

from zokusei.query.formatting import Language, format_query
from zokusei.query.parser import MAX_CHARACTERS, parse_query
from zokusei.query.query import WEIGHT_RANGE, Query, QueryTerm, UnknownWord
from zokusei.query.search import Facet, Found, Near, SearchResult, Share, search
from zokusei.query.suggestions import suggest

__all__ = [
    "MAX_CHARACTERS",
    "WEIGHT_RANGE",
    "Facet",
    "Found",
    "Language",
    "Near",
    "Query",
    "QueryTerm",
    "SearchResult",
    "Share",
    "UnknownWord",
    "format_query",
    "parse_query",
    "search",
    "suggest",
]
