"""The shapes of a head of hair: what falls behind, the cap with its fringe, what is tied."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from random import Random

from zokusei.draw.character import Hair
from zokusei.draw.fringe import cap_with_fringe
from zokusei.draw.head import Head
from zokusei.draw.pen import Path, Point, ellipse, path
from zokusei.draw.shapes import lock

WAVE = {"wavy_hair": 7.0, "curly_hair": 12.0, "messy_hair": 3.0}


@dataclass(slots=True)
class HairShapes:
    """Shapes by the layer they are drawn in.

    Args:
        back: Behind the body; the first is the back of the head.
        tails: Tied hair behind the body.
        buns: Knots behind the cap.
        cap: The top of the head with the fringe; ``inner`` the fringe's edge.
        front: Before the face: sidelocks.
        over: Before face and body: tails and locks laid over the shoulders.
        braids, drills: From where to where, and how wide; before the body.
        ties: Where hair is tied, and how the tie leans, in degrees.
        ahoge: The strand on the crown.
    """

    back: list[Path] = field(default_factory=list)
    tails: list[Path] = field(default_factory=list)
    buns: list[Path] = field(default_factory=list)
    cap: Path = field(default_factory=lambda: Path(()))
    front: list[Path] = field(default_factory=list)
    over: list[Path] = field(default_factory=list)
    braids: list[tuple[Point, Point, float]] = field(default_factory=list)
    drills: list[tuple[Point, Point, float]] = field(default_factory=list)
    ties: list[tuple[float, float, float]] = field(default_factory=list)
    ahoge: list[Path] = field(default_factory=list)


def grow(hair: Hair, head: Head) -> HairShapes:
    """All shapes of a head of hair; the same hair always falls the same way."""
    random = Random(hair.seed)
    shapes = HairShapes()
    radius = 104 + hair.volume
    shapes.cap = cap_with_fringe(hair, head, random)
    _grow_back(shapes, hair, head, random, radius)
    _tie(shapes, hair, head, random)
    _grow_front(shapes, hair, head, random)
    if hair.has_ahoge:
        side = hair.part
        tip = (side * random.uniform(26, 48), -122 - random.uniform(42, 62))
        shapes.ahoge.append(lock((0, -116), tip, 20, bend=-side * 24).mapped(head.on_hair))
    return shapes


def _grow_back(shapes: HairShapes, hair: Hair, head: Head, random: Random, radius: float) -> None:
    ends = hair.ends_at
    if hair.is_gathered:
        ends = {"single_hair_bun": 66.0, "double_bun": ends}.get(hair.style_id, 74.0)
        if hair.style_id == "double_bun" and ends > 200:
            ends = 80.0
    shapes.back.append(ellipse(0, -20, radius, radius + 4).mapped(head.behind))
    if hair.texture == "spiked_hair":
        _grow_spikes(shapes, head, random, radius)
    elif hair.cut == "bob_cut":
        bob = path(
            f"M {-radius} -30 C {-radius - 16} 40 {-radius - 18} {ends - 20} "
            f"{-radius * 0.78} {ends} "
            f"Q 0 {ends + 10} {radius * 0.78} {ends} "
            f"C {radius + 18} {ends - 20} {radius + 16} 40 {radius} -30 Z"
        )
        shapes.back.append(bob.mapped(head.behind))
    elif hair.cut == "hime_cut":
        wide = radius * 1.06
        curtain = path(
            f"M {-radius} -30 C {-radius - 10} 80 {-wide - 6} {ends - 60} {-wide} {ends} "
            f"L {wide} {ends} C {wide + 6} {ends - 60} {radius + 10} 80 {radius} -30 Z"
        )
        shapes.back.append(curtain.mapped(head.behind))
    else:
        _grow_locks(shapes, hair, head, random, radius, ends)


def _grow_spikes(shapes: HairShapes, head: Head, random: Random, radius: float) -> None:
    lean, count = random.uniform(-0.25, 0.25), random.choice((7, 8, 9))
    for i in range(count):
        turn = math.pi * ((i + 0.5 + random.uniform(-0.22, 0.22)) / count * 1.16 - 0.08)
        root = (-math.cos(turn) * radius * 0.7, -30 - math.sin(turn) * radius * 0.62)
        reach = radius * (random.uniform(1.2, 1.55) - 0.22 * abs(math.cos(turn)))
        turn += lean + random.uniform(-0.12, 0.12)
        tip = (-math.cos(turn) * reach, -16 - math.sin(turn) * reach)
        width = random.uniform(62, 88)
        spike = lock(root, tip, width, bend=random.uniform(-16, 16))
        shapes.back.append(spike.mapped(head.behind))
    for side in (-1, 1):
        for j in range(random.choice((2, 3))):
            tip = (side * (122 - j * 12 + random.uniform(-10, 10)), 34 + j * 26)
            spike = lock((side * 84, -20 + j * 26), tip, 40, bend=side * 8)
            shapes.back.append(spike.mapped(head.behind))


def _grow_locks(
    shapes: HairShapes, hair: Hair, head: Head, random: Random, radius: float, ends: float
) -> None:
    count = 7 if ends < 120 else 9 if ends < 250 else 11
    spread = radius * (0.92 if ends < 120 else 1.02 + 0.1 * (ends > 280))
    flare = 18.0 if hair.texture == "messy_hair" or hair.length_id == "short_hair" else 0.0
    waves = (2.6 if hair.texture == "curly_hair" else 1.5) * max(1.0, ends / 180)
    for i in range(count):
        across = -0.86 + 1.72 * i / (count - 1)
        tip = (
            across * spread + random.uniform(-8, 8) + across * flare,
            ends * (1 - 0.06 * abs(across)) + random.uniform(-12, 12),
        )
        fallen = lock(
            (across * radius * 0.92, -34 + abs(across) * 10),
            tip,
            2.6 * radius / count + 24,
            bend=-across * 14,
            wave=WAVE.get(hair.texture, 0.0),
            waves=waves,
            phase=random.uniform(0, 6),
            steps=20 if ends > 250 else 12,
        )
        shapes.back.append(fallen.mapped(head.behind))


def _tail(
    into: list[Path], hair: Hair, random: Random, root: Point, tip: Point, width: float, bend: float
) -> None:
    """A tail of hair: one broad lock and three thin ones that leave it a little."""
    wave = WAVE.get(hair.texture, 0.0)
    waves = max(1.5, (tip[1] - root[1]) / 150)
    into.append(lock(root, tip, width, bend=bend, wave=wave, waves=waves, steps=18))
    for j in range(3):
        end = (
            tip[0] + random.uniform(-24, 24),
            root[1] + (tip[1] - root[1]) * random.uniform(0.78, 0.98),
        )
        into.append(
            lock(
                root,
                end,
                width * 0.5,
                bend=bend * random.uniform(0.5, 1.5),
                wave=wave,
                waves=waves,
                phase=j,
                steps=14,
            )
        )


def _tie(shapes: HairShapes, hair: Hair, head: Head, random: Random) -> None:
    """Ties tails, knots and braids; what is at the back shows opposite to the turn."""
    style, ends, part = hair.style_id, hair.ends_at, hair.part
    away = -head.far_side if abs(head.yaw) > 0.3 else part
    match style:
        case "twintails":
            for side in (-1, 1):
                tip = (side * (156 + random.uniform(-8, 14)), ends)
                _tail(shapes.tails, hair, random, (side * 90, -70), tip, 60, side * -30)
                shapes.ties.append((side * 93, -68, side * -40))
        case "low_twintails":
            for side in (-1, 1):
                tip = (side * (104 + random.uniform(-6, 14)), ends)
                _tail(shapes.over, hair, random, (side * 84, 80), tip, 50, side * -16)
                shapes.ties.append((side * 85, 84, side * -10))
        case "two_side_up" | "one_side_up":
            for side in (-1, 1) if style == "two_side_up" else (part,):
                tip = (side * (172 + random.uniform(-8, 10)), min(ends * 0.5, 130))
                _tail(shapes.tails, hair, random, (side * 78, -92), tip, 40, side * -46)
                shapes.ties.append((side * 80, -90, side * -40))
        case "ponytail":
            tip = (away * (170 + random.uniform(-8, 16)), ends)
            _tail(shapes.tails, hair, random, (away * 96, -44), tip, 66, away * -44)
            shapes.ties.append((away * 108, -46, away * -60))
        case "high_ponytail":
            shapes.buns.append(ellipse(away * 26, -132, 34, 26, away * 12))
            tip = (away * (166 + random.uniform(-8, 16)), ends)
            _tail(shapes.tails, hair, random, (away * 30, -140), tip, 68, away * -74)
            shapes.ties.append((away * 24, -124, away * 15))
        case "low_ponytail":
            _tail(shapes.over, hair, random, (part * 66, 100), (part * 82, ends), 46, part * -14)
            shapes.ties.append((part * 66, 106, part * -10))
        case "side_ponytail":
            _tail(shapes.over, hair, random, (part * 92, -30), (part * 132, ends), 60, part * -34)
            shapes.ties.append((part * 95, -26, part * -50))
        case "single_braid":
            shapes.braids.append(((part * 74, 76), (part * 82, ends), 42))
        case "twin_braids":
            for side in (-1, 1):
                shapes.braids.append(((side * 86, 66), (side * 98, ends), 36))
        case "drill_hair":
            for side in (-1, 1):
                shapes.drills.append(((side * 108, -44), (side * 128, min(ends, 420)), 66))
                shapes.ties.append((side * 97, -66, side * -45))
        case "single_hair_bun":
            shapes.buns.append(ellipse(away * 30, -132, 46, 38))
        case "double_bun":
            for side in (-1, 1):
                shapes.buns.append(ellipse(side * 80, -104, 38, 36))
        case "half_updo":
            shapes.buns.append(ellipse(away * 102, -62, 32, 27, away * 40))
            tip = (away * 148, min(ends * 0.7, 150))
            _tail(shapes.tails, hair, random, (away * 112, -54), tip, 36, away * -22)
            shapes.ties.append((away * 112, -52, away * 60))


def _grow_front(shapes: HairShapes, hair: Hair, head: Head, random: Random) -> None:
    wave = WAVE.get(hair.texture, 0.0)
    waves = 2.6 if hair.texture == "curly_hair" else 1.5
    if hair.has_sidelocks:
        is_hime = hair.cut == "hime_cut"
        ends = 112.0 if is_hime else min(hair.ends_at + 20, random.uniform(96, 210))
        for side in (-1, 1):
            tip = (side * (89 + random.uniform(-4, 6)), ends)
            width = 34.0 if is_hime else random.uniform(24, 34)
            strand = lock(
                (side * 87, -50),
                tip,
                width,
                bend=-side * (3 if is_hime else 9),
                wave=0.0 if is_hime else wave,
                waves=waves,
                tip="blunt" if is_hime else "point",
            )
            shapes.front.append(strand.mapped(head.on_hair))
            if not is_hime and random.random() < 0.6:
                end = (side * (75 + random.uniform(-4, 4)), ends * 0.62)
                thin = lock((side * 81, -40), end, 16, bend=-side * 8, wave=wave * 0.6)
                shapes.front.append(thin.mapped(head.on_hair))
    hangs_loose = hair.ends_at > 250 and not hair.is_gathered and hair.cut != "hime_cut"
    if hangs_loose and random.random() < 0.6:
        for side in (-1, 1):
            for j in range(2):
                tip = (
                    side * (98 - j * 32 + random.uniform(-8, 8)),
                    min(hair.ends_at, 480) * 0.8 - j * 36,
                )
                fallen = lock(
                    (side * (94 - j * 6), 10),
                    tip,
                    40,
                    bend=-side * 16,
                    wave=wave,
                    waves=waves * 1.6,
                    phase=j,
                    tip="leaf",
                )
                shapes.over.append(fallen.mapped(head.on_hair))
