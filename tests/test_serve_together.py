"""Several processes on one library: two servers, and an import meanwhile."""

import contextlib
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
import uvicorn

from tests.conftest import patch, png
from tests.serving import colors, process_over
from zokusei.cli.serve import listen
from zokusei.errors import UsageError
from zokusei.indexing import tag_library
from zokusei.library import Library, import_source
from zokusei.library.candidates import Candidate
from zokusei.serve.freshness import Freshness
from zokusei.serve.running import _hand_out, _Handed
from zokusei.tagger import Tagger

API = "/api/v1"


class Patches:
    """A source of red patches."""

    name = "patches"

    def __init__(self, names):
        self._names = names

    def __len__(self):
        return len(self._names)

    def __iter__(self):
        for number, name in enumerate(self._names):
            yield Candidate(name, png(patch("red_hair", seed=900 + number, size_px=24)))

    def bookmarks(self):
        return iter(())


def test_nothing_is_lost_between_two_servers_and_an_import(tmp_path, color_bundle):
    library = colors(tmp_path / "library", color_bundle, 12)
    bundle = ("--bundle", str(color_bundle.path))
    with process_over(library, *bundle) as one, process_over(library, *bundle) as other:
        addresses = (one, other)

        def label(number):
            wish = {
                "work_id": f"w{number % 12:03d}",
                "attribute_id": "red_hair",
                "state": "absent",
                "by": f"person {number // 12}",
            }
            address = addresses[number % 2] + f"{API}/labels"
            return httpx.put(address, json=wish, timeout=60).raise_for_status().json()

        def bring_in():
            names = [f"new{number:02d}" for number in range(8)]
            import_source(Library.open(library.address), Patches(names), take_in=True)
            tag_library(Library.open(library.address), Tagger(color_bundle))

        importing = threading.Thread(target=bring_in)
        importing.start()
        with ThreadPoolExecutor(6) as pool:
            changes = list(pool.map(label, range(24)))
        importing.join()
        assert len(changes) == 24
        said = library.labels_by_people().to_pylist()
        assert len({(row["work_id"], row["attribute"], row["by"]) for row in said}) == 24
        for address in addresses:
            assert httpx.get(f"{address}{API}/library", timeout=60).json()["num_tagged"] == 20
            found = httpx.get(f"{address}{API}/search?q=red_hair", timeout=60).json()
            assert {work["work_id"] for work in found["works"]} == {
                f"new{number:02d}" for number in range(8)
            }, "all others were said to have no red hair"


def test_a_view_is_never_older_than_whoever_reads_it_nor_changed_under_them():
    state, renewed, reading = [0], [], threading.Semaphore(0)

    def look():
        time.sleep(0.005)
        return state[0]

    def renew():
        renewed.append(state[0])
        return list(state)

    fresh = Freshness(look, renew)
    changed_under_somebody = []

    def read(_):
        before = state[0]
        with fresh.reading() as view:
            seen = view[0]
            reading.release()
            time.sleep(0.001)
            changed_under_somebody.append(view[0] != seen)
            return seen >= before

    with ThreadPoolExecutor(8) as pool:
        results = []
        for number in range(200):
            results.append(pool.submit(read, number))
            if number % 20 == 0:
                state[0] += 1
        assert all(result.result() for result in results)
    assert not any(changed_under_somebody)
    assert len(renewed) <= 12


def test_one_look_serves_all_who_wait_for_it():
    looks = []

    def look():
        looks.append(1)
        time.sleep(0.02)
        return 0

    fresh = Freshness(look, lambda: "view")

    def read(_):
        with fresh.reading() as view:
            return view

    with ThreadPoolExecutor(20) as pool:
        assert set(pool.map(read, range(100))) == {"view"}
    assert len(looks) < 30


def test_a_look_that_fails_is_told_and_the_next_one_tried():
    broken = [True]

    def look():
        if broken[0]:
            raise OSError("gone")
        return 0

    fresh = Freshness(look, lambda: "view")
    with pytest.raises(OSError, match="gone"), fresh.reading():
        pass
    broken[0] = False
    with fresh.reading() as view:
        assert view == "view"


def test_several_workers_answer_as_one_server(tmp_path, color_bundle):
    library = colors(tmp_path / "library", color_bundle, 6)
    options = ("--bundle", str(color_bundle.path), "--workers", "2")
    with process_over(library, *options) as address:
        wish = {"work_id": "w000", "attribute_id": "blue_hair", "state": "present"}
        httpx.put(f"{address}{API}/labels", json=wish, timeout=60).raise_for_status()
        for _ in range(20):
            found = httpx.get(f"{address}{API}/search?q=blue_hair", timeout=60).json()
            assert "w000" in {work["work_id"] for work in found["works"]}


def test_answers_are_sent_at_once():
    listening = listen("127.0.0.1", 0)
    with listening, socket.create_connection(listening.getsockname()):
        taken, _ = listening.accept()
        with taken:
            # asyncio asks for TCP_NODELAY where it sees this.
            assert taken.proto == socket.IPPROTO_TCP


passes_on = pytest.mark.skipif(
    not hasattr(socket, "send_fds"), reason="the system passes no connections on"
)


@passes_on
def test_workers_are_handed_connections_in_turn():
    listening = listen("127.0.0.1", 0)
    pairs = [socket.socketpair() for _ in range(3)]
    outlets = [outlet for outlet, _ in pairs]
    threading.Thread(target=_hand_out, args=(listening, outlets), daemon=True).start()
    asking = []
    for _ in range(4):
        for _, inlet in pairs:
            asking.append(socket.create_connection(listening.getsockname()))
            inlet.settimeout(10)
            _, (descriptor,), *_ = socket.recv_fds(inlet, 1, 1)
            with socket.socket(fileno=descriptor) as taken:
                assert taken.getpeername() == asking[-1].getsockname()
                assert taken.proto == socket.IPPROTO_TCP
    for each in (*asking, *(end for pair in pairs for end in pair)):
        each.close()


@passes_on
def test_a_worker_that_takes_nothing_is_passed_over():
    stuck, idle = socket.socketpair(), socket.socketpair()
    stuck[0].setblocking(False)
    with contextlib.suppress(BlockingIOError):
        while True:
            stuck[0].send(bytes(1000))
    listening = listen("127.0.0.1", 0)
    outlets = [stuck[0], idle[0]]
    threading.Thread(target=_hand_out, args=(listening, outlets), daemon=True).start()
    idle[1].settimeout(10)
    for _ in range(3):
        with socket.create_connection(listening.getsockname()) as asking:
            _, (descriptor,), *_ = socket.recv_fds(idle[1], 1, 1)
            with socket.socket(fileno=descriptor) as taken:
                assert taken.getpeername() == asking.getsockname()
    for each in (*stuck, *idle):
        each.close()


async def greet(scope, _receive, send):
    assert scope["type"] == "http"
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"hello"})


@passes_on
def test_a_worker_answers_what_it_is_handed_and_ends_with_its_parent():
    listening, (outlet, inlet) = listen("127.0.0.1", 0), socket.socketpair()
    worker = _Handed(uvicorn.Config(greet, lifespan="off", log_level="warning"), inlet)
    running = threading.Thread(target=worker.run, kwargs={"sockets": []}, daemon=True)
    running.start()
    threading.Thread(target=_hand_out, args=(listening, [outlet]), daemon=True).start()
    host, port = listening.getsockname()
    for _ in range(3):
        assert httpx.get(f"http://{host}:{port}/", timeout=20).text == "hello"
    outlet.close()
    running.join(20)
    assert not running.is_alive()
    inlet.close()


def test_an_address_that_is_taken_is_refused():
    with (
        listen("127.0.0.1", 0) as taken,
        pytest.raises(UsageError, match="cannot listen on"),
    ):
        listen("127.0.0.1", taken.getsockname()[1])
