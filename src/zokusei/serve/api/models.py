"""What the API says and takes; every model has an example."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from zokusei.serve.listing import MOST_LETTERS

WorkId = Annotated[str, Field(min_length=1, max_length=1000, examples=["drawn/0001"])]
AttributeId = Annotated[str, Field(min_length=1, max_length=200, examples=["twintails"])]
Person = Annotated[str, Field(min_length=1, max_length=200, examples=["hana"])]
Probability = Annotated[float, Field(ge=0, le=1, examples=[0.93])]
Number = Annotated[float, Field(allow_inf_nan=False)]


class _Said(BaseModel):
    """Something that the API says, made of a dataclass of answers.py."""

    model_config = ConfigDict(from_attributes=True)


class _Asked(BaseModel):
    """Something that the API is asked; a misspelt field is refused, not passed over."""

    model_config = ConfigDict(extra="forbid")


class Trouble(_Said):
    """What went wrong."""

    kind: str = Field(description="For programs; stays as it is.", examples=["unknown_name"])
    message: str = Field(
        description="For people: what was wrong, what was expected, what to do.",
        examples=["unknown attribute 'twintail'; the nearest are twintails, low_twintails"],
    )
    nearest: list[str] | None = Field(
        default=None, description="Known names like an unknown one.", examples=[["twintails"]]
    )


class TroubleAnswer(_Said):
    """How every error is told."""

    error: Trouble


class Card(_Said):
    """A work as it is listed."""

    work_id: WorkId
    title: str | None = Field(examples=["Afternoon"])
    artist: str | None = Field(examples=["nodeda"])
    rating: str | None = Field(examples=["general"])
    width_px: int = Field(description="0 where unknown.", examples=[1200])
    height_px: int = Field(description="0 where unknown.", examples=[1600])
    version: str = Field(
        description="Of the picture; add it to addresses of pictures as `v`.",
        examples=["c15544b2be34fc61"],
    )
    is_tagged: bool = Field(description="Whether the served bundle has tagged it.")
    score: float | None = Field(
        default=None, description="Where it was searched for; for ranking only.", examples=[0.91]
    )


class Term(_Said):
    """One attribute of a query."""

    attribute_id: AttributeId
    weight: float = Field(default=1.0, ge=0.1, le=10, examples=[1.5])
    excluded: bool = False


class UnknownWord(_Said):
    """A word of a query that was not understood."""

    text: str = Field(examples=["twintail"])
    nearest: list[str] = Field(examples=[["twintails"]])


class Query(_Said):
    """A query as it was understood."""

    terms: list[Term]
    unknown: list[UnknownWord]


class Facet(_Said):
    """How many of the works found have an attribute."""

    attribute_id: AttributeId
    num_works: int = Field(examples=[120])


class FacetGroup(_Said):
    """The facets of a group, those of most works first."""

    group_id: str = Field(examples=["hair_style"])
    facets: list[Facet]


class WorksPage(_Said):
    """A page of works."""

    works: list[Card]
    total: int = Field(description="On all pages.", examples=[1204])
    next_cursor: str | None = Field(
        description="Ask for the next page with it as `cursor`; null on the last page."
    )
    query: Query
    facets: list[FacetGroup] = Field(description="Of all pages together.")


class HumanLabel(_Said):
    """What a person said last."""

    state: Literal["present", "absent"]
    by: Person
    at: datetime


class Line(_Said):
    """One attribute of a work or picture."""

    attribute_id: AttributeId
    probability: Probability
    threshold: float | None = Field(
        description="What it is tagged at or over; null where it never is.", examples=[0.5]
    )
    over_threshold: bool
    label: HumanLabel | None = None


class Group(_Said):
    """The attributes of a group by descending probability."""

    group_id: str = Field(examples=["hair_color"])
    lines: list[Line]


class Work(_Said):
    """All that is told of one work."""

    card: Card
    characters: list[str] = Field(examples=[["Saina"]])
    series: list[str]
    tags: list[str]
    created_at: datetime | None
    num_bookmarks: int = Field(examples=[12])
    groups: list[Group] = Field(description="Empty where it is not tagged.")


class Reason(_Said):
    """One additive term of a score."""

    kind: Literal["attribute", "bookmarks"]
    id: str = Field(
        description="The attribute; of bookmarks the liked work, or empty for a whole list.",
        examples=["twintails"],
    )
    share: float = Field(description="All shares of a work sum to its score.", examples=[0.27])
    num_people: int | None = Field(default=None, description="Who bookmarked both.", examples=[4])


class RelatedWork(_Said):
    """A recommended work, and why."""

    card: Card
    score: float = Field(description="For ranking only.", examples=[0.83])
    because: list[Reason] = Field(description="Largest share first.")
    duplicates: list[str] = Field(description="Near-duplicates folded into this entry.")


class RelatedAnswer(_Said):
    """Related works, best first."""

    related: list[RelatedWork]
    unknown: list[UnknownWord] = Field(
        description="Words of `text` that were not understood; the rest is answered."
    )


class Filters(_Asked):
    """Which works may be answered."""

    other_characters: bool = Field(default=False, description="Not the liked works' characters.")
    other_artists: bool = Field(default=False, description="Not the liked works' artists.")
    other_series: bool = Field(default=False, description="Not the liked works' series.")
    ratings: list[str] = Field(default=[], max_length=20, examples=[["general"]])
    unseen_by: Person | None = Field(default=None, description="Not what this user bookmarked.")
    exclude: list[WorkId] = Field(default=[], max_length=1000)
    min_score: Number = Field(default=0.0, examples=[0.2])


class _Dials(_Asked):
    weights: dict[str, Number] = Field(
        default={},
        max_length=300,
        description="Of groups (0 to 3) in place of their own, of attributes (-1 to 2) times "
        "their terms; by any name in either language.",
        examples=[{"hair_color": 2}],
    )
    filters: Filters = Filters()
    k: int = Field(default=24, ge=1, le=200)
    diversity: float = Field(default=0.0, ge=0, le=1, description="0 ranks by score alone.")
    per_artist: int | None = Field(default=None, ge=1, le=10_000)
    fold_duplicates: bool = True


class RelatedRequest(_Dials):
    """A wish for related works; everything in it is mixed into one ranking."""

    likes: list[WorkId] = Field(default=[], max_length=200)
    dislikes: list[WorkId] = Field(default=[], max_length=200)
    pictures: list[dict[str, Probability]] = Field(
        default=[],
        max_length=20,
        description="Pictures that are no works: `probabilities` as tagging told them.",
        examples=[[{"twintails": 0.93, "blonde_hair": 0.88}]],
    )
    text: str = Field(default="", max_length=MOST_LETTERS, examples=["金髪 -glasses"])
    by: Literal["attributes", "bookmarks", "both"] = "attributes"

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"text": "twintails", "k": 12, "diversity": 0.2}]},
    )


class HeadAttribute(_Said):
    """An attribute of one figure."""

    attribute_id: AttributeId
    probability: Probability


class Head(_Said):
    """A head in a picture."""

    box: tuple[float, float, float, float] = Field(
        description="Left, top, right, bottom, as shares of width and height.",
        examples=[[0.3, 0.1, 0.6, 0.4]],
    )
    score: Probability
    attributes: list[HeadAttribute] = Field(
        description="The figure's own, at or over their thresholds, likeliest first."
    )


class TaggedPicture(_Said):
    """What the bundle sees in a picture, and the works like it."""

    width_px: int = Field(examples=[1200])
    height_px: int = Field(examples=[1600])
    groups: list[Group]
    unknown_groups: list[str] = Field(
        description="About which it can tell nothing, such as colours of a grey picture."
    )
    heads: list[Head]
    probabilities: dict[str, Probability] = Field(
        description="Give them to `related` to ask again without the picture.",
        examples=[{"twintails": 0.93}],
    )
    related: list[RelatedWork]
    work_id: WorkId | None = Field(description="Of the work it was stored as; null by default.")


class LabelRequest(_Asked):
    """What a person says of an attribute of a work."""

    work_id: WorkId
    attribute_id: AttributeId
    state: Literal["present", "absent", "unknown"] = Field(
        description="`unknown` takes it back.", examples=["present"]
    )
    by: Person | None = Field(default=None, description="Who says so; the operator by default.")


class LabelChange(_Said):
    """A change of a label; to undo it, give `previous` as the state."""

    work_id: WorkId
    attribute_id: AttributeId
    state: Literal["present", "absent", "unknown"]
    previous: Literal["present", "absent", "unknown"]
    by: Person
    at: datetime


class QueueItem(_Said):
    """An attribute of a work that a person should look at."""

    card: Card
    attribute_id: AttributeId
    probability: Probability
    threshold: float | None = Field(examples=[0.5])
    stated: Literal["present", "absent"] | None = Field(
        description="What a label says that the bundle contradicts."
    )
    origin: str | None = Field(description="Where that label is from.", examples=["import"])


class QueuePage(_Said):
    """Some of what a person should look at, the most pressing first."""

    items: list[QueueItem]
    next_cursor: str | None = Field(examples=["q2V3Zxk9WyIweDAuMHAr"])


class BookmarkRequest(_Asked):
    """A person's bookmark of a work."""

    work_id: WorkId
    user_id: Person | None = Field(default=None, description="Whose; the operator's by default.")
    is_set: bool = Field(default=True, description="Whether it is to be there.")


class BookmarkAnswer(_Said):
    """What became of it."""

    changed: bool = Field(description="False where it was so already.")


class Attribute(_Said):
    """One attribute of the vocabulary."""

    id: AttributeId
    group: str = Field(examples=["hair_style"])
    en: str = Field(examples=["twintails"])
    ja: str = Field(examples=["ツインテール"])
    aliases: list[str]
    readings: list[str] = Field(description="Of the Japanese names, in hiragana.")
    implies: list[str] = Field(description="What is present whenever this is.")


class VocabularyGroup(_Said):
    """A set of attributes that answer one question."""

    id: str = Field(examples=["hair_style"])
    en: str = Field(examples=["hair style"])
    ja: str = Field(examples=["髪型"])
    exclusion: Literal["one", "mostly_one", "any"]
    color: bool
    intrinsic: bool = Field(description="Whether it belongs to a character, not to one picture.")
    weight: float = Field(description="In scores of related works, 0 to 3.", examples=[1.5])
    attributes: list[Attribute]


class Vocabulary(_Said):
    """The attributes that the served bundle knows."""

    fingerprint: str = Field(examples=["82eb8b37aaf9c625"])
    groups: list[VocabularyGroup]


class Suggestions(_Said):
    """What the word being typed may become."""

    attributes: list[Attribute]


class ModelAttribute(_Said):
    """What the bundle knows of one attribute."""

    attribute_id: AttributeId
    threshold: float | None
    best_precision: float | None = Field(
        description="The highest that a threshold reaches, by its lower 95% bound; null where "
        "that is not known.",
        examples=[0.94],
    )
    num_works: int = Field(description="Of the library's works that have it.", examples=[87])


class Model(_Said):
    """What the served bundle says of itself."""

    fingerprint: str = Field(examples=["9d93f206dee14b73"])
    converged: bool
    evidence: str
    card: str = Field(description="Markdown.")
    figures: list[str] = Field(description="Under `/api/v1/model/figures/`.")
    curve: list[dict[str, Any]]
    attributes: list[ModelAttribute]


class TaggedBy(_Said):
    """How many works a bundle has tagged."""

    bundle: str = Field(examples=["9d93f206dee14b73"])
    num_works: int = Field(examples=[1204])
    is_current: bool = Field(description="Whether it is the served one.")


class Job(_Said):
    """Something that runs on the library, in whichever process."""

    kind: str = Field(examples=["tagging"])
    done: int = Field(examples=[400])
    total: int = Field(examples=[1000])
    at: datetime


class LibraryFacts(_Said):
    """Counts of the library."""

    num_works: int
    num_hidden: int = Field(description="Works for adults that are not shown.")
    num_tagged: int = Field(description="By the served bundle; the others are out of date.")
    num_labels: dict[str, int] = Field(description="By origin.", examples=[{"human": 12}])
    num_bookmarks: int
    taggings: list[TaggedBy]
    jobs: list[Job]


class Health(_Said):
    """That the server answers."""

    status: Literal["ok"] = "ok"
