"""Uploaded pictures: tagged and forgotten, refused where hostile, queued where many."""

import asyncio
import io
import struct
import threading
import zlib

import httpx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from tests.conftest import patch, png
from tests.serving import client_of, colors, error_of
from zokusei.serve.errors import BusyError
from zokusei.serve.settings import UploadLimits
from zokusei.serve.uploads import UploadQueue

TAG = "/api/v1/tag"
RED_PNG = png(patch("red_hair", seed=500))


@pytest.fixture(scope="module")
def library(tmp_path_factory, color_bundle):
    return colors(tmp_path_factory.mktemp("uploads") / "library", color_bundle, 12)


@pytest.fixture(scope="module")
def client(library, color_bundle):
    limits = UploadLimits(max_bytes=400_000, max_px=1_000_000)
    with client_of(library, color_bundle, uploads=limits) as client:
        yield client


def test_a_picture_is_tagged_and_its_like_are_found(client, library):
    told = client.post(TAG, params={"k": 3}, content=RED_PNG).json()
    assert told["groups"][0]["lines"][0]["attribute_id"] == "red_hair"
    assert (told["width_px"], told["height_px"]) == (40, 40)
    assert {work["card"]["work_id"] for work in told["related"]} <= {"w000", "w003", "w006", "w009"}
    assert told["work_id"] is None
    assert library.num_works == 12


def test_it_can_come_in_a_form(client):
    for kind in ("image/png", "text/html", ""):
        answer = client.post(TAG, files={"picture": ("../x.png", RED_PNG, kind)})
        assert answer.json()["groups"][0]["lines"][0]["attribute_id"] == "red_hair"


def test_it_can_be_asked_about_again_without_being_sent(client):
    told = client.post(TAG, params={"k": 3}, content=RED_PNG).json()
    again = client.post("/api/v1/related", json={"pictures": [told["probabilities"]], "k": 3})
    assert [work["card"]["work_id"] for work in again.json()["related"]] == [
        work["card"]["work_id"] for work in told["related"]
    ]


def test_it_becomes_a_work_only_where_that_is_asked_for(tmp_path, color_bundle):
    library = colors(tmp_path / "library", color_bundle, 6)
    client = client_of(library, color_bundle)
    stored = client.post(TAG, params={"store": True}, content=RED_PNG).json()["work_id"]
    assert stored.startswith("upload/")
    assert client.get(f"/api/v1/works/{stored}").json()["card"]["is_tagged"]
    again = client.post(TAG, params={"store": True}, content=RED_PNG).json()
    assert again["work_id"] == stored
    assert library.num_works == 7
    other = png(patch("blue_hair", seed=501))
    answer = client.post(TAG, params={"store": True, "work_id": stored}, content=other)
    assert (answer.status_code, error_of(answer)["kind"]) == (400, "usage")
    assert library.num_works == 7


def saved(kind, size=(40, 40), **options):
    out = io.BytesIO()
    Image.new("RGB", size, (200, 30, 30)).save(out, kind, **options)
    return out.getvalue()


def chunk(name, data):
    body = name + data
    return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))


def png_that_says(width, height, data=b""):
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")
    )


def text_bomb():
    """A small PNG whose text unpacks to 50 MB."""
    text = chunk(b"zTXt", b"Comment\0\0" + zlib.compress(b"\0" * 50_000_000))
    return RED_PNG[:33] + text + RED_PNG[33:]


SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
GIF_SCRIPT = b"GIF89a/*" + b"\0" * 20 + b"*/=1;alert(1)//"
HOSTILE = {
    "empty": (b"", 400),
    "text": (b"hello", 415),
    "svg with a script": (SVG, 415),
    "svg that says it is xml": (b'<?xml version="1.0"?>' + SVG, 415),
    "html": (b"<!DOCTYPE html><script>alert(1)</script>", 415),
    "pdf with a picture in it": (b"%PDF-1.7\n" + saved("JPEG"), 415),
    "zip": (b"PK\x03\x04" + b"\0" * 100, 415),
    "program": (b"\x7fELF" + b"\0" * 100, 415),
    "gif that is a script": (GIF_SCRIPT, 422),
    "truncated png": (RED_PNG[: len(RED_PNG) // 2], 422),
    "truncated jpeg": (saved("JPEG")[:400], 422),
    "truncated webp": (saved("WEBP")[:60], 422),
    "png's first bytes": (b"\x89PNG\r\n\x1a\n", 422),
    "jpeg's first bytes": (b"\xff\xd8\xff", 422),
    "riff that is a sound": (b"RIFF\x24\0\0\0WAVEfmt ", 415),
    "movie": (b"\0\0\0\x20ftypisom" + b"\0" * 50, 415),
    "10,000 x 10,000": (png_that_says(10_000, 10_000, zlib.compress(b"\0" * 1000)), 413),
    "4 giga by 4 giga": (png_that_says(2**31 - 1, 2**31 - 1), 413),
    "zip bomb": (png_that_says(10_000, 9_000, zlib.compress(b"\0" * 30_000_000)), 413),
    "bomb in a text": (text_bomb(), 422),
    "png of no size": (png_that_says(0, 5), 422),
    "wrong checksum": (RED_PNG[:40] + b"\xff" + RED_PNG[41:], 422),
    "too many bytes": (RED_PNG + b"\0" * 500_000, 413),
}


@pytest.mark.parametrize(("data", "status"), HOSTILE.values(), ids=HOSTILE)
def test_what_is_hostile_is_refused_with_a_reason(client, data, status):
    answer = client.post(TAG, content=data)
    assert answer.status_code == status, answer.text
    error_of(answer)
    in_form = client.post(TAG, files={"picture": ("x.png", data, "image/png")})
    assert in_form.status_code == status
    error_of(in_form)


def test_a_picture_that_is_something_else_too_is_never_sent_back_as_it_came(tmp_path, color_bundle):
    library = colors(tmp_path / "library", color_bundle, 3)
    client = client_of(library, color_bundle)
    both = saved("JPEG") + b"<script>alert(1)</script>PK\x05\x06" + b"\0" * 18
    stored = client.post(TAG, params={"store": True}, content=both).json()["work_id"]
    sent = client.get(f"/api/v1/pictures/{stored}").content
    assert b"script" not in sent
    assert sent.startswith(b"RIFF")


@given(st.data())
def test_no_damage_to_a_picture_makes_the_server_fail(client, data):
    kind = data.draw(st.sampled_from(["PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF"]))
    picture = bytearray(saved(kind))
    for _ in range(data.draw(st.integers(1, 6))):
        picture[data.draw(st.integers(0, len(picture) - 1))] = data.draw(st.integers(0, 255))
    cut = bytes(picture[: data.draw(st.integers(1, len(picture)))])
    answer = client.post(TAG, content=cut, params={"k": 0})
    assert answer.status_code in (200, 413, 415, 422), answer.text
    if answer.status_code != 200:
        error_of(answer)


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("multipart/form-data", b"x"),
        ("multipart/form-data; boundary=", b"x"),
        ("multipart/form-data; boundary=a", b"--a\r\nnonsense"),
        (
            "multipart/form-data; boundary=a",
            b"--a\r\nContent-Disposition: form-data\r\n\r\nx\r\n--a--",
        ),
        ("multipart/form-data; boundary=a", b"--a--"),
    ],
)
def test_a_broken_form_is_refused(client, kind, body):
    answer = client.post(TAG, content=body, headers={"Content-Type": kind})
    assert answer.status_code == 400, answer.text
    error_of(answer)


def test_a_body_without_end_is_cut_off(client):
    sent = 0

    def endless():
        nonlocal sent
        while sent < 50_000_000:
            sent += 10_000
            yield b"\0" * 10_000

    assert client.post(TAG, content=endless()).status_code == 413


def test_no_more_wait_than_the_limit_and_all_others_are_told_when_to_return():
    queue = UploadQueue(UploadLimits(num_taggers=1, num_waiting=2))
    go = threading.Event()

    async def one():
        try:
            async with queue.place():
                await queue.run(go.wait)
            return "done"
        except BusyError as error:
            return error.retry_after_s

    async def many():
        running = [asyncio.create_task(one()) for _ in range(10)]
        await asyncio.sleep(0.05)
        assert queue.num_admitted == 3
        go.set()
        return await asyncio.gather(*running)

    told = asyncio.run(many())
    assert told.count("done") == 3
    assert all(wait >= 1 for wait in told if wait != "done")
    assert queue.num_admitted == 0
    assert queue.num_refused == 7


def test_many_uploads_at_once_queue_and_the_rest_is_answered_429(library, color_bundle):
    limits = UploadLimits(num_taggers=1, num_waiting=3)
    app = client_of(library, color_bundle, uploads=limits).app
    big = io.BytesIO()
    noise = np.random.default_rng(0).integers(0, 255, (900, 900, 3), np.uint8)
    Image.fromarray(noise).save(big, "PNG", compress_level=0)

    async def many():
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            asked = [client.post(TAG, content=big.getvalue(), timeout=60) for _ in range(20)]
            return await asyncio.gather(*asked)

    answers = asyncio.run(many())
    statuses = [answer.status_code for answer in answers]
    assert set(statuses) == {200, 429}
    assert statuses.count(200) >= 4
    refused = next(answer for answer in answers if answer.status_code == 429)
    assert int(refused.headers["retry-after"]) >= 1
    assert error_of(refused)["kind"] == "busy"
