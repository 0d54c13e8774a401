"""The body under the clothes: proportions, arms with hands, legs with shoes."""

from __future__ import annotations

from dataclasses import dataclass

from zokusei.draw.color import CHARCOAL, Color
from zokusei.draw.pen import Path, Pen, Point, ellipse, path, polygon
from zokusei.draw.scene import Figure, Style
from zokusei.draw.shapes import limb, limb_point

CHEST_Y, WAIST_Y, HIP_Y, KNEE_Y, ANKLE_Y = 300.0, 425.0, 545.0, 905.0, 1215.0
BEHIND = frozenset({"behind"})
"""Poses of an arm that is drawn before the torso."""

Joints = tuple[Point, Point, Point]


@dataclass(frozen=True, slots=True)
class Body:
    """Half widths of a body, in its units, and how it turns with the head."""

    neck: float
    shoulder: float
    chest: float
    waist: float
    hip: float
    arm: tuple[float, float, float]
    leg: tuple[float, float, float]
    turn: float

    @classmethod
    def from_figure(cls, figure: Figure) -> Body:
        """The build of a figure."""
        character = figure.character
        turn = 12 * figure.yaw
        if character.is_muscular:
            return cls(36, 146, 126, 98, 94, (68, 58, 40), (104, 78, 50), turn)
        if character.is_boy:
            return cls(27, 124, 104, 86, 90, (54, 44, 34), (94, 68, 44), turn)
        return cls(20, 104, 88, 66, 98, (46, 38, 29), (96, 62, 36), turn)

    def turned(self, x: float, y: float) -> Point:
        """Where a point of the chest is seen as the body turns with the head."""
        return x + self.turn * (1 - min(1.0, (x / self.shoulder) ** 2)), y

    def silhouette(self, hem_y: float, flare: float = 0.0, loose: float = 0.0) -> Path:
        """A garment over the torso: to ``hem_y``, wider by ``flare`` there, ``loose`` all along."""
        n, s, c = self.neck, self.shoulder + loose * 0.3, self.chest + loose
        w, h = self.waist + loose * 1.6, self.hip + loose
        hem = h + flare
        return path(
            f"M {-n - 4} 138 C {-n - 16} 160 {-s * 0.8} 162 {-s} 186 "
            f"C {-s - 4} 215 {-c - 4} 240 {-c} {CHEST_Y - 20} "
            f"C {-c + 4} 350 {-w} 380 {-w} {WAIST_Y} C {-w} 470 {-h} 490 {-hem} {hem_y} "
            f"Q 0 {hem_y + 14} {hem} {hem_y} "
            f"C {h} 490 {w} 470 {w} {WAIST_Y} C {w} 380 {c - 4} 350 {c} {CHEST_Y - 20} "
            f"C {c + 4} 240 {s + 4} 215 {s} 186 C {s * 0.8} 162 {n + 16} 160 {n + 4} 138 "
            f"Q 0 176 {-n - 4} 138 Z"
        )

    def arm_joints(self, side: int, pose: str) -> Joints:
        """Shoulder, elbow and wrist of an arm."""
        s, h = self.shoulder, self.hip
        elbow, wrist = {
            "down": ((s + 16, 385), (s + 18, 560)),
            "behind": ((s + 22, 385), (52, 520)),
            "clasped": ((s + 18, 380), (14, 510)),
            "hip": ((s + 78, 375), (h - 4, 478)),
            "chest": ((s + 22, 388), (26, 330)),
            "raised": ((s + 72, 330), (s + 68, 130)),
        }[pose]
        root = (side * (s - 14), 202.0)
        return root, (side * elbow[0], elbow[1]), (side * wrist[0], wrist[1])

    def leg_joints(self, side: int) -> Joints:
        """Hip, knee and ankle of a leg."""
        return (
            (side * (self.hip - 48), HIP_Y + 10),
            (side * (self.hip - 52), KNEE_Y),
            (side * (self.hip - 54), ANKLE_Y),
        )


@dataclass(frozen=True, slots=True)
class Tailor:
    """What every part of the body and its clothes is drawn with."""

    pen: Pen
    figure: Figure
    body: Body
    style: Style

    @property
    def skin(self) -> Color:
        """The colour of the skin."""
        return self.figure.character.skin

    def shade(self, shape: Path, color: Color, *, side: int = -1) -> None:
        """Shade along one side of a garment, and folds."""
        if self.style.shading == "flat":
            return
        left, top, right, bottom = shape.bounds
        x = right if side > 0 else left
        inward = (left - right) * side
        dark = path(
            f"M {x} {top + 40} Q {x + inward * 0.22} {top + (bottom - top) * 0.4} "
            f"{x + inward * 0.16} {bottom} L {x} {bottom} Z"
        )
        with self.pen.clipped(shape):
            self.pen.fill(dark, color.shaded(), 0.55)


def draw_neck(tailor: Tailor) -> None:
    """The neck, in the shade of the chin."""
    pen, n, skin = tailor.pen, tailor.body.neck, tailor.skin
    neck = path(f"M {-n} -100 L {-n - 2} 150 Q 0 186 {n + 2} 150 L {n} -100 Z")
    pen.shape(neck, skin)
    if tailor.style.shading != "flat":
        with pen.clipped(neck):
            x = 10 * tailor.figure.yaw
            pen.fill(ellipse(x, 98, 62, 34), skin.shaded(0.78, -0.015, 0.14), 0.9)


def draw_bust(tailor: Tailor) -> None:
    """Shoulders of skin, under garments that leave them bare."""
    pen, skin = tailor.pen, tailor.skin
    pen.shape(tailor.body.silhouette(420), skin)
    bones = path("M -62 182 Q -34 186 -14 198") + path("M 62 182 Q 34 186 14 198")
    pen.line(bones, skin.shaded(0.62), pen.line_width * 0.7)


def draw_arm(tailor: Tailor, side: int) -> None:
    """An arm, its hand, and what is worn on both."""
    figure, pen, body = tailor.figure, tailor.pen, tailor.body
    outfit, pose = figure.outfit, figure.arms[0 if side < 0 else 1]
    joints = body.arm_joints(side, pose)
    if pose not in BEHIND:
        _draw_hand(tailor, joints, side)
    pen.shape(limb(joints, body.arm), tailor.skin)
    if outfit.sleeves == "short" and figure.character.is_muscular:
        bulge = limb(joints, (body.arm[0] * 0.4, body.arm[1] * 0.3), since=0.3, until=0.46)
        pen.line(bulge, tailor.skin.shaded(0.6), pen.line_width * 0.6, 0.7)
    if outfit.has_gloves:
        glove = limb(joints, [width + 5 for width in body.arm], since=0.72)
        pen.shape(glove, outfit.trim)
    _draw_sleeve(tailor, joints, side)


def _draw_hand(tailor: Tailor, joints: Joints, side: int) -> None:
    pen, outfit = tailor.pen, tailor.figure.outfit
    color = outfit.trim if outfit.has_gloves else tailor.skin
    (x, y), degrees = limb_point(joints, 1.0)
    width = tailor.body.arm[2] / 30
    palm = path("M -8 -14 Q 16 -21 36 -15 Q 54 -9 52 2 Q 48 14 30 16 Q 8 18 -8 14 Z")
    thumb = path("M 6 -12 Q 14 -28 30 -26 Q 36 -18 20 -8 Z")
    lines = path("M 34 -8 L 50 -5") + path("M 34 2 L 52 3") + path("M 32 10 L 46 10")
    # The thumb lies towards the body, or away from it where the hand is up.
    flip = side if degrees > 0 else -side
    with pen.placed(x, y, width, width * flip, degrees):
        pen.shape(thumb, color)
        pen.shape(palm, color)
        pen.line(lines, pen.outline_of(color), pen.line_width * 0.6, 0.8)


def _draw_sleeve(tailor: Tailor, joints: Joints, side: int) -> None:
    pen, outfit, body = tailor.pen, tailor.figure.outfit, tailor.body
    color = sleeve_color(tailor.figure)
    upper, middle, lower = body.arm
    if outfit.sleeves == "short":
        puff = 14.0 if not tailor.figure.character.is_boy else 8.0
        sleeve = limb(joints, (upper + 12, upper + 12 + puff, upper + 10), until=0.36)
        pen.shape(sleeve, color)
        cuff = limb(joints, (upper + 14, upper + 10 + puff), since=0.31, until=0.36)
        pen.shape(cuff, color.shaded(0.94), pen.line_width * 0.7)
    elif outfit.sleeves == "long":
        sleeve = limb(joints, (upper + 12, middle + 14, lower + 14), until=0.97)
        pen.shape(sleeve, color)
        cuff = limb(joints, (middle + 14, lower + 16), since=0.9, until=0.98)
        trim = (
            outfit.second if outfit.garment in {"serafuku", "maid", "military_uniform"} else color
        )
        pen.shape(cuff, trim.shaded(0.94), pen.line_width * 0.7)
    elif outfit.sleeves == "wide":
        _draw_wide_sleeve(tailor, joints, side, color)


def _draw_wide_sleeve(tailor: Tailor, joints: Joints, side: int, color: Color) -> None:
    (sx, sy), (ex, ey), (hx, hy) = joints
    reach = abs(hx - ex) / (abs(hx - ex) + abs(hy - ey) + 1)
    drop = 40 + 110 * reach
    pen = tailor.pen
    points = [
        (sx - side * 26, sy + 50),
        (sx - side * 10, sy - 22),
        (sx + side * 22, sy - 10),
        (ex + side * 34, ey - 20),
        (hx + side * 26 * (1 - reach), hy - 18),
        (hx - side * 4, hy - 20),
        (hx - side * 10 + side * 20 * reach, hy + drop),
        (ex - side * 24, max(ey + 60, hy) + drop * 0.9),
        (ex - side * 44, ey + 20),
    ]
    sleeve = polygon(points)
    upper, middle, _ = tailor.body.arm
    shoulder = limb(joints, (upper + 22, middle + 26, middle + 20), until=0.55)
    pen.merged([shoulder, sleeve], color)
    tailor.shade(sleeve, color, side=side)
    edge = path(f"M {hx - side * 4} {hy - 20} L {points[6][0]} {points[6][1]}")
    pen.line(edge, tailor.figure.outfit.second, 5)


def sleeve_color(figure: Figure) -> Color:
    """The colour of the sleeves: the garment's, or of what is worn beneath it."""
    outfit = figure.outfit
    if outfit.garment == "armor":
        return outfit.second
    if outfit.garment == "gakuran":
        return CHARCOAL
    return Color(0.6, 0.03, 0.97) if outfit.garment == "hakama" else outfit.main


def draw_legs(tailor: Tailor) -> None:
    """Both legs, with what is worn on them below skirt or trousers."""
    for side in (-1, 1):
        _draw_leg(tailor, side)


def draw_boots(tailor: Tailor) -> None:
    """Both boots, where they are worn."""
    if tailor.figure.outfit.has_boots:
        for side in (-1, 1):
            _draw_boot(tailor, side)


def _shoe_color(tailor: Tailor) -> Color:
    outfit = tailor.figure.outfit
    return CHARCOAL if outfit.variant % 3 else outfit.second.shaded(0.85)


def _foot(joints: Joints, side: int) -> Path:
    foot = path(
        "M -19 -6 L 19 -6 Q 26 26 36 50 Q 40 70 20 72 L -22 72 Q -36 70 -30 48 Q -24 24 -19 -6 Z"
    )
    return foot.scaled(side * 0.9, 1).moved(*joints[2])


def _leg_widths(tailor: Tailor) -> tuple[float, ...]:
    thigh, knee, ankle = tailor.body.leg
    return thigh, knee + 14, knee, knee + 2, ankle


def _draw_boot(tailor: Tailor, side: int) -> None:
    pen, outfit, shoe = tailor.pen, tailor.figure.outfit, _shoe_color(tailor)
    joints, widths = tailor.body.leg_joints(side), _leg_widths(tailor)
    pen.shape(_foot(joints, side), shoe)
    since = 0.58 if outfit.variant % 4 else 0.7
    # Over trousers a boot is as wide as they are.
    extra = 20 if outfit.bottom == "pants" else 12
    pen.shape(limb(joints, [width + extra for width in widths], since=since), shoe)
    top = limb(joints, [width + extra + 4 for width in widths], since=since, until=since + 0.035)
    pen.shape(top, shoe.lit(0.15), pen.line_width * 0.8)
    sole = path("M -30 60 L 36 60 L 36 74 L -30 74 Z").scaled(side * 0.9, 1).moved(*joints[2])
    pen.fill(sole, shoe.shaded(0.6))


def _draw_leg(tailor: Tailor, side: int) -> None:
    pen, body, outfit = tailor.pen, tailor.body, tailor.figure.outfit
    joints = body.leg_joints(side)
    widths = _leg_widths(tailor)
    color = outfit.leg_color
    leg_color = color if outfit.legwear == "pantyhose" else tailor.skin
    x, y = joints[2]
    placed, shoe = _foot(joints, side), _shoe_color(tailor)
    pen.shape(limb(joints, widths, since=0.02), leg_color)
    if outfit.legwear == "thighhighs":
        pen.shape(limb(joints, [width + 4 for width in widths], since=0.3), color)
        band = limb(joints, [width + 6 for width in widths], since=0.3, until=0.33)
        pen.shape(band, outfit.second.lit(0.4) if outfit.variant % 2 else color.shaded(0.85))
    elif outfit.legwear == "socks":
        pen.shape(limb(joints, [width + 3 for width in widths], since=0.72), color)
    if not outfit.has_boots:
        top = path("M -30 30 Q 0 46 32 30 L 42 76 L -38 76 Z").scaled(side * 0.9, 1).moved(x, y)
        pen.shape(placed, color if outfit.legwear else leg_color)
        with pen.clipped(placed):
            pen.shape(top, shoe)
        pen.line(placed, pen.outline_of(shoe))
