"""Cursors, which lead to the next page, and ETags, which tell that nothing changed."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from dataclasses import dataclass
from typing import Any

from zokusei.errors import UsageError

_CHECK_BYTES = 6
_MAX_LENGTH = 4_096


@dataclass(frozen=True, slots=True)
class Cursor:
    """The place of the last work of a page, by what works are ordered by.

    Works that are added or deleted between two pages make nothing appear twice
    or be lost.

    Args:
        key: What the last work is ordered by; larger ones come first.
        place: What orders works of equal keys, such as the work's id.
    """

    key: float
    place: tuple[str, ...]

    def encode(self, question: str) -> str:
        """As it stands in addresses.

        Args:
            question: What the pages are of; a cursor does not fit another question.
        """
        body = json.dumps([self.key.hex(), *self.place], separators=(",", ":")).encode()
        return base64.urlsafe_b64encode(_check(question, body) + body).decode().rstrip("=")

    @classmethod
    def decode(cls, text: str, question: str) -> Cursor:
        """Reads what ``encode`` made.

        Raises:
            UsageError: It is no cursor, or one of another question.
        """
        try:
            if len(text) > _MAX_LENGTH:
                raise ValueError("too long")
            data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
            check, body = data[:_CHECK_BYTES], data[_CHECK_BYTES:]
            if check != _check(question, body):
                raise ValueError("of another question")
            key, *place = json.loads(body)
            return cls(float.fromhex(key), tuple(str(part) for part in place))
        except (ValueError, TypeError, binascii.Error):
            raise UsageError(
                f"the cursor '{text[:40]}' does not belong to this question; leave it out to "
                "begin again, or take `next_cursor` of the page before"
            ) from None


def _check(question: str, body: bytes) -> bytes:
    return hashlib.blake2b(
        body, key=hashlib.sha256(question.encode()).digest(), digest_size=_CHECK_BYTES
    ).digest()


def question_of(*parts: Any) -> str:
    """A text that differs where a question does."""
    return json.dumps(parts, ensure_ascii=False)


def etag(*parts: Any) -> str:
    """A weak ETag of all that an answer depends on."""
    digest = hashlib.blake2b(json.dumps(parts).encode(), digest_size=12).hexdigest()
    return f'W/"{digest}"'


def matches(tag: str, if_none_match: str | None) -> bool:
    """Whether the header ``If-None-Match`` names this ETag (RFC 9110, weak comparison)."""
    if if_none_match is None:
        return False
    named = [each.strip().removeprefix("W/") for each in if_none_match.split(",")]
    return "*" in named or tag.removeprefix("W/") in named
