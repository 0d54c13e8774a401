"""Related works: by attributes, by bookmarks and by both, for a work, a wish or a person."""

from zokusei.recommend.answer import Reason, Related
from zokusei.recommend.recommender import Recommender
from zokusei.recommend.request import Filters, Request

__all__ = ["Filters", "Reason", "Recommender", "Related", "Request"]
