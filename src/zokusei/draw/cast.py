"""A small world: series with characters, artists, works of both, and users with tastes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from random import Random

from zokusei.draw.chance import weighted
from zokusei.draw.character import Character
from zokusei.draw.compose import sample_picture, sample_style
from zokusei.draw.invent import sample_character
from zokusei.draw.labels import Labels, label
from zokusei.draw.scene import Picture, Style

WORKS_A_CHARACTER, WORKS_AN_ARTIST, CHARACTERS_A_SERIES, WORKS_A_USER = 10, 20, 6, 4
FIRST_DAY = datetime(2024, 1, 1, tzinfo=UTC)
DAYS = 600

_ONSETS = ("k", "s", "t", "n", "h", "m", "y", "r", "w", "sh", "ch", "g", "z", "d", "b", "", "")
_VOWELS = ("a", "i", "u", "e", "o")
_TITLES = (
    "Morning", "Afternoon", "Evening", "Holiday", "A new dress", "After school", "Waiting",
    "On the way", "Practice", "For you", "Spring", "Summer", "Autumn", "Winter", "A little wind",
    "Rest", "Good day", "Portrait", "Study", "Again",
)  # fmt: skip
_PLACES = ("Academy", "Chronicle", "Garden", "Station", "Parade", "Journey", "Knights", "Letters")


@dataclass(frozen=True, slots=True)
class Cast:
    """A character with a name, in a series."""

    name: str
    series: str
    character: Character


@dataclass(frozen=True, slots=True)
class Artist:
    """A name and a hand, which works in colour unless it feels like something else."""

    name: str
    style: Style


@dataclass(frozen=True, slots=True)
class Work:
    """A picture by an artist, of a character, on a day."""

    work_id: str
    title: str
    cast: Cast
    artist: Artist
    picture: Picture
    labels: Labels
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Bookmark:
    """A user keeps a work."""

    user_id: str
    work_id: str
    at: datetime


def make_works(num: int, seed: int) -> list[Work]:
    """Makes up a library: about ten works a character and twenty an artist."""
    random = Random(f"works {seed}")
    cast = _make_cast(random, max(1, round(num / WORKS_A_CHARACTER)))
    artists = _make_artists(random, max(1, round(num / WORKS_AN_ARTIST)))
    works = []
    for row in range(num):
        who, by = random.choice(cast), random.choice(artists)
        picture = sample_picture(random, character=who.character, style=_today(random, by.style))
        works.append(
            Work(
                work_id=f"draw-{seed}-{row:05d}",
                title=f"{who.name.split()[0]}: {random.choice(_TITLES)}",
                cast=who,
                artist=by,
                picture=picture,
                labels=label(picture),
                created_at=FIRST_DAY + timedelta(seconds=random.randrange(DAYS * 86400)),
            )
        )
    return works


def _today(random: Random, style: Style) -> Style:
    """An artist's hand on some day: now and then without colours."""
    modes = {"color": 16.0, "sketch": 1.5, "greyscale": 1.0, "screentone": 1.0, "tinted": 0.5}
    return replace(style, mode=weighted(random, modes))


def _make_name(random: Random, syllables: int) -> str:
    letters = "".join(random.choice(_ONSETS) + random.choice(_VOWELS) for _ in range(syllables))
    return letters.capitalize()


def _fresh_name(random: Random, taken: set[str], syllables: int) -> str:
    name = _make_name(random, syllables)
    while name in taken:
        name = _make_name(random, syllables)
    taken.add(name)
    return name


def _make_cast(random: Random, num: int) -> list[Cast]:
    taken: set[str] = set()
    series = [
        f"{_fresh_name(random, taken, 3)} {random.choice(_PLACES)}"
        for _ in range(max(1, round(num / CHARACTERS_A_SERIES)))
    ]
    return [
        Cast(
            name=f"{_fresh_name(random, taken, random.choice((2, 3)))} {_make_name(random, 3)}",
            series=series[i % len(series)],
            character=sample_character(random),
        )
        for i in range(num)
    ]


def _make_artists(random: Random, num: int) -> list[Artist]:
    taken: set[str] = set()
    return [
        Artist(_fresh_name(random, taken, random.choice((2, 3, 4))).lower(), sample_style(random))
        for _ in range(num)
    ]


def make_bookmarks(works: Sequence[Work], seed: int) -> list[Bookmark]:
    """Users with tastes keep works that match: each loves two to four attributes.

    Works differ in how well known they are, by a heavy-tailed factor, and the least known
    are never met, so that some have many bookmarks and some have none.
    """
    random = Random(f"users {seed}")
    fame = [random.paretovariate(1.1) if random.random() > 0.15 else 0.0 for _ in works]
    bookmarks = []
    for number in range(max(1, len(works) // WORKS_A_USER)):
        user_id = f"user-{seed}-{number:04d}"
        for row in _choose(random, works, fame):
            until = FIRST_DAY + timedelta(days=DAYS + 60)
            span = (until - works[row].created_at).total_seconds()
            at = works[row].created_at + timedelta(seconds=round(span * random.random() ** 2))
            bookmarks.append(Bookmark(user_id, works[row].work_id, at))
    return sorted(bookmarks, key=lambda bookmark: (bookmark.at, bookmark.user_id, bookmark.work_id))


def _choose(random: Random, works: Sequence[Work], fame: Sequence[float]) -> list[int]:
    """The rows that one user bookmarks: mostly those of taste, the better known sooner."""
    muse = random.choice(works)
    loved = random.sample(sorted(_lovable(muse)), k=min(len(_lovable(muse)), random.randint(2, 4)))
    artist = random.choice(works).artist if random.random() < 0.3 else None
    keys = []
    for row, work in enumerate(works):
        matches = sum(id_ in work.labels.present for id_ in loved) / max(1, len(loved))
        liking = 0.02 + matches**2 + (0.5 if work.artist is artist else 0.0)
        weight = liking * fame[row]
        # Weighted sampling without replacement (Efraimidis and Spirakis 2006).
        keys.append((random.random() ** (1 / weight) if weight else -1.0, row))
    wanted = min(random.randint(5, 40), max(1, len(works) // 2))
    chosen = sorted(keys, reverse=True)[:wanted]
    return sorted(row for key, row in chosen if key > 0)


_NOT_A_TASTE = frozenset({"1girl", "1boy", "full_body", "upper_body", "portrait", "closed_mouth"})


def _lovable(work: Work) -> frozenset[str]:
    return work.labels.present - _NOT_A_TASTE
