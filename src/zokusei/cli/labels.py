"""``zokusei labels``: labels that follow from something else than looking at each work."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from zokusei.cli.options import BundleOption, JsonOption, LibraryArgument, open_bundle

if TYPE_CHECKING:
    from zokusei.library import Library
    from zokusei.library.characters import Contradiction, InheritanceReport

labels = typer.Typer(
    name="labels",
    help="Label works by their characters, and propose how those look.",
    rich_markup_mode=None,
)

# More than this are counted, not listed; --json lists them all.
_LISTED = 20


@labels.command("from-characters")
def from_characters(
    lib: LibraryArgument,
    *,
    table: Annotated[
        Path,
        typer.Option(
            "--table",
            metavar="CSV",
            help="character,attribute[,confidence][,state], a line an attribute; or "
            "character,attributes, a line a character.",
        ),
    ],
    exceptions: Annotated[
        Path | None,
        typer.Option(
            "--exceptions",
            metavar="CSV",
            help="work_id,attribute: what that work's characters do not have there; give it at "
            "every run.",
        ),
    ] = None,
    json_: JsonOption = False,
) -> None:
    """Label works by a table of their characters.

    Works get the hair, eyes, skin and body of their characters, as soft labels.
    Attributes go by any name in either language. What the table does not list
    stays unknown, and what a person said of a work stands. Repeat it with a
    changed table of the same file name, and the labels follow.
    """
    from zokusei.library import Library
    from zokusei.library.characters import labels_from_characters

    report = labels_from_characters(Library.open(lib), table, exceptions_path=exceptions)
    if json_:
        typer.echo(_as_json(report))
    else:
        _print(report)


@labels.command("propose-table")
def propose_table(
    lib: LibraryArgument,
    *,
    bundle: BundleOption = None,
    min_works: Annotated[
        int,
        typer.Option(
            "--min-works", metavar="N", min=1, help="Works of a character alone that a line needs."
        ),
    ] = 3,
    out: Annotated[
        Path, typer.Option("--out", metavar="CSV", help="The table; must not be there yet.")
    ] = Path("characters.csv"),
) -> None:
    """Learn what characters look like, for a person to check.

    Learns from labels and from the taggings of BUNDLE; without the option,
    those of the package's bundle if it has tagged the library. Check the
    table, then give it to `zokusei labels from-characters`.
    """
    from zokusei.errors import UsageError
    from zokusei.library import Library, character_proposals

    if out.exists():
        raise UsageError(f"{out} is there already; give another --out or remove it")
    library = Library.open(lib)
    fingerprint = _tagged_by(library, bundle)
    proposal = character_proposals.propose_table(library, bundle=fingerprint, min_works=min_works)
    proposal.write(out)
    learned_from = f"labels and the taggings of bundle {fingerprint}" if fingerprint else "labels"
    with_lines = len({row.character for row in proposal.rows})
    typer.echo(
        f"{len(proposal.rows)} attributes of {with_lines} characters, of "
        f"{proposal.num_characters} looked at, learned from {learned_from}; check {out}"
    )
    if proposal.never_denied:
        typer.echo(
            "never said to be absent, so that no share is known: "
            + _some(list(proposal.never_denied)),
            err=True,
        )


def _tagged_by(library: Library, bundle: Path | None) -> str | None:
    """The fingerprint of the bundle whose taggings are used, if any are."""
    from zokusei.errors import BundleError

    if bundle is not None:
        return open_bundle(bundle).fingerprint
    try:
        fingerprint = open_bundle(None).fingerprint
    except BundleError:
        return None  # labels alone will do
    return fingerprint if library.tagged_ids(fingerprint) else None


def _print(report: InheritanceReport) -> None:
    changes = report.changes
    typer.echo(
        f"{report.num_works} works have {report.num_labels} labels by this table: "
        f"{changes.num_added} added, {changes.num_changed} changed, {changes.num_removed} removed"
    )
    if report.unlisted:
        typer.echo(f"{len(report.unlisted)} characters of the library are not in the table")
    if report.unseen:
        typer.echo(f"{len(report.unseen)} characters of the table are in no work:")
        for name in report.unseen[:_LISTED]:
            nearest = report.nearest(name)
            typer.echo(f"  {name}" + (f" (nearest: {', '.join(nearest)})" if nearest else ""))
        _echo_rest(len(report.unseen))
    if report.contradictions:
        typer.echo("people's labels speak against the table; their word stands, please check:")
        for contradiction in report.contradictions[:_LISTED]:
            typer.echo(f"  {_described(contradiction)}")
        _echo_rest(len(report.contradictions))


def _described(contradiction: Contradiction) -> str:
    against = len(contradiction.work_ids)
    return (
        f"{contradiction.character}: {contradiction.attribute} ({contradiction.confidence:.2f}) "
        f"against {against} of {against + contradiction.num_confirming} works: "
        + _some(list(contradiction.work_ids), limit=5)
    )


def _some(names: list[str], *, limit: int = _LISTED) -> str:
    more = f" and {len(names) - limit} more" if len(names) > limit else ""
    return ", ".join(names[:limit]) + more


def _echo_rest(num: int) -> None:
    if num > _LISTED:
        typer.echo(f"  and {num - _LISTED} more; see --json")


def _as_json(report: InheritanceReport) -> str:
    described = {
        "num_works": report.num_works,
        "num_labels": report.num_labels,
        **report.changes._asdict(),
        "unseen": list(report.unseen),
        "unlisted": list(report.unlisted),
        "contradictions": [
            {
                "character": contradiction.character,
                "attribute": contradiction.attribute,
                "confidence": contradiction.confidence,
                "work_ids": list(contradiction.work_ids),
                "num_confirming": contradiction.num_confirming,
            }
            for contradiction in report.contradictions
        ],
    }
    return json.dumps(described, ensure_ascii=False)
