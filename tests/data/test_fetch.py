"""Downloads from a server on this machine: resumed, checked, tried elsewhere, never over another file."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from gradwright.data import fetch as module
from gradwright.data.fetch import fetch
from gradwright.data.published import Remote
from gradwright.errors import DataError

pytestmark = pytest.mark.waits

CONTENT = bytes(range(256)) * 20


@dataclass
class Server:
    """What each path serves, and the requests that came: (path, Range)."""

    address: str
    serves: dict[str, bytes] = field(default_factory=dict)
    honours_range: bool = True
    breaks_off_after: int | None = None
    requests: list[tuple[str, str | None]] = field(default_factory=list)

    def remote(self, *paths: str, size: int = len(CONTENT)) -> Remote:
        urls = tuple(self.address + path for path in paths)
        return Remote("set/data.bin", size, hashlib.sha256(CONTENT).hexdigest(), urls)

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        wanted = handler.headers["Range"]
        self.requests.append((handler.path, wanted))
        content = self.serves.get(handler.path)
        if content is None:
            handler.send_error(404)
            return
        start = int(wanted.removeprefix("bytes=").removesuffix("-")) if wanted and self.honours_range else 0
        body = content[start:]
        handler.send_response(206 if start else 200)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body[: self.breaks_off_after])


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            state.answer(self)

        def log_message(self, format: str, *args: object) -> None:
            pass

    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as http:
        state = Server(f"http://127.0.0.1:{http.server_address[1]}", serves={"/good": CONTENT})
        thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield state
        http.shutdown()
        thread.join()


def leave_part(folder: Path, content: bytes) -> None:
    (folder / "set").mkdir()
    (folder / "set" / "data.bin.part").write_bytes(content)


def files_in(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (folder / "set").iterdir()}


def test_a_file_arrives_whole_and_leaves_nothing_beside_it(server: Server, tmp_path: Path) -> None:
    assert fetch(server.remote("/good"), tmp_path) == tmp_path / "set" / "data.bin"
    assert files_in(tmp_path) == {"data.bin": CONTENT}
    assert server.requests == [("/good", None)]


def test_a_file_that_is_there_and_right_is_not_asked_for_again(server: Server, tmp_path: Path) -> None:
    fetch(server.remote("/good"), tmp_path)
    fetch(server.remote("/good"), tmp_path)
    assert len(server.requests) == 1


def test_another_file_in_its_place_is_not_overwritten(server: Server, tmp_path: Path) -> None:
    (tmp_path / "set").mkdir()
    (tmp_path / "set" / "data.bin").write_bytes(b"precious")
    with pytest.raises(DataError, match=r"data\.bin: another file stands here .* move it away"):
        fetch(server.remote("/good"), tmp_path)
    assert files_in(tmp_path) == {"data.bin": b"precious"}
    assert server.requests == []


def test_a_connection_that_breaks_off_is_resumed_where_it_broke(server: Server, tmp_path: Path) -> None:
    server.breaks_off_after = 2000
    fetch(server.remote("/good"), tmp_path)
    assert files_in(tmp_path) == {"data.bin": CONTENT}
    assert server.requests == [("/good", None), ("/good", "bytes=2000-"), ("/good", "bytes=4000-")]


def test_a_download_goes_on_where_an_earlier_one_ended(server: Server, tmp_path: Path) -> None:
    leave_part(tmp_path, CONTENT[:1000])
    fetch(server.remote("/good"), tmp_path)
    assert files_in(tmp_path) == {"data.bin": CONTENT}
    assert server.requests == [("/good", "bytes=1000-")]


def test_a_part_that_is_whole_already_needs_no_request(server: Server, tmp_path: Path) -> None:
    leave_part(tmp_path, CONTENT)
    fetch(server.remote("/good"), tmp_path)
    assert files_in(tmp_path) == {"data.bin": CONTENT}
    assert server.requests == []


@pytest.mark.parametrize("length", [1000, len(CONTENT), len(CONTENT) + 1])
def test_a_part_with_wrong_bytes_is_dropped_and_the_mirror_asked_once_more(
    server: Server, tmp_path: Path, length: int
) -> None:
    leave_part(tmp_path, b"x" * length)
    fetch(server.remote("/good"), tmp_path)
    assert files_in(tmp_path) == {"data.bin": CONTENT}
    assert server.requests[-1] == ("/good", None)


def test_a_server_that_ignores_ranges_is_read_from_the_start(server: Server, tmp_path: Path) -> None:
    server.honours_range = False
    leave_part(tmp_path, CONTENT[:1000])
    fetch(server.remote("/good"), tmp_path)
    assert files_in(tmp_path) == {"data.bin": CONTENT}


def test_what_arrived_is_kept_for_the_next_time(server: Server, tmp_path: Path) -> None:
    server.honours_range = False
    server.breaks_off_after = 2000
    with pytest.raises(DataError, match=rf"/good: expected {len(CONTENT)} bytes, found .* after 2000"):
        fetch(server.remote("/good"), tmp_path)
    assert files_in(tmp_path) == {"data.bin.part": CONTENT[:2000]}
    assert len(server.requests) == module.ATTEMPTS


@pytest.mark.parametrize("first", ["/missing", "/wrong", "/short", "/long"])
def test_where_one_mirror_fails_the_next_one_is_asked(server: Server, tmp_path: Path, first: str) -> None:
    server.serves |= {"/wrong": CONTENT[::-1], "/short": CONTENT[:100], "/long": CONTENT + b"x"}
    fetch(server.remote(first, "/good"), tmp_path)
    assert files_in(tmp_path) == {"data.bin": CONTENT}


def test_an_address_that_nobody_listens_at_is_like_any_failed_mirror(server: Server, tmp_path: Path) -> None:
    remote = server.remote("/good")
    deaf = Remote(remote.path, remote.size, remote.sha256, ("http://127.0.0.1:1/", *remote.urls))
    fetch(deaf, tmp_path)
    assert files_in(tmp_path) == {"data.bin": CONTENT}


def test_where_every_mirror_fails_each_is_named_with_its_reason(server: Server, tmp_path: Path) -> None:
    server.serves["/wrong"] = CONTENT[::-1]
    with pytest.raises(DataError) as refusal:
        fetch(server.remote("/missing", "/wrong"), tmp_path)
    message = str(refusal.value)
    assert "data.bin could not be downloaded: http://127.0.0.1" in message
    assert "/missing: HTTP Error 404" in message
    assert f"/wrong: expected SHA-256 {hashlib.sha256(CONTENT).hexdigest()}, found" in message
    assert files_in(tmp_path) == {"data.bin.part": b""}, "wrong bytes are not kept"


def test_no_more_is_written_than_the_file_should_have(server: Server, tmp_path: Path) -> None:
    server.serves["/long"] = CONTENT * 100
    with pytest.raises(DataError, match=f"/long: expected {len(CONTENT)} bytes, found more"):
        fetch(server.remote("/long"), tmp_path)
    assert len(files_in(tmp_path)["data.bin.part"]) <= len(CONTENT)


def test_a_connection_that_breaks_with_an_error_is_resumed_too(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blocks: Callable[[str, int], Iterator[tuple[int, bytes]]] = module._blocks

    def break_once(url: str, start: int) -> Iterator[tuple[int, bytes]]:
        if start:
            yield from blocks(url, start)
        else:
            yield 0, CONTENT[:500]
            raise module._MirrorError("connection reset")

    monkeypatch.setattr(module, "_blocks", break_once)
    fetch(server.remote("/good"), tmp_path)
    assert server.requests == [("/good", "bytes=500-")]


def test_a_folder_that_cannot_be_made_is_named(server: Server, tmp_path: Path) -> None:
    (tmp_path / "set").write_bytes(b"a file where the folder should be")
    with pytest.raises(DataError, match=r"data\.bin: cannot be written: "):
        fetch(server.remote("/good"), tmp_path)
