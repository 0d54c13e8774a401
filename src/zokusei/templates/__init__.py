"""Pages of one file each, which ask nothing of any network: Jinja templates and their styles."""

from __future__ import annotations

import math
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined


def render(template: str, **context: Any) -> str:
    """Fills a template; every value is escaped, and a name it lacks is an error.

    Args:
        template: File name, such as ``report.html``.
        context: The names the template uses.
    """
    return _environment().get_template(template).render(**context)


def figure(value: float, digits: int = 3) -> str:
    """A number to read, with a dash for what is undefined.

    >>> figure(0.8349, 2), figure(float("nan"))
    ('0.83', '–')
    """
    return f"{value:.{digits}f}" if math.isfinite(value) else "–"


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["figure"] = figure
    return environment
