"""Query: what somebody looks for, in words of either language."""

from zokusei.query.formatting import Language, format_query
from zokusei.query.parser import parse_query
from zokusei.query.query import WEIGHT_RANGE, Query, QueryTerm, UnknownWord
from zokusei.query.search import Facet, Found, SearchResult, Share, search
from zokusei.query.suggestions import suggest

__all__ = [
    "WEIGHT_RANGE",
    "Facet",
    "Found",
    "Language",
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
