"""Downloads, against a real server and, where it matters, from real processes."""

from __future__ import annotations

import hashlib
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import xxhash
from tests.weights.file_server import FileServer, serve

from napari_sam.weights import transfer as transfer_module
from napari_sam.weights.catalogue import CatalogueEntry, find_model
from napari_sam.weights.download import (
    DamagedFileError,
    DownloadError,
    Downloading,
    Restarted,
    Verifying,
    WaitingForOther,
    fetch,
)

CONTENT = os.urandom(3_000_000)


def entry_of(url: str, content: bytes = CONTENT, size: int | None = None) -> CatalogueEntry:
    return CatalogueEntry(
        name="small",
        architecture="vit_s",
        file="small.pth",
        licence="MIT",
        domain="tests",
        preprocessing="mean_std",
        url=url,
        hash=f"sha256:{hashlib.sha256(content).hexdigest()}",
        size=size,
    )


def run(generator):
    """A generator's events and return value."""
    events = []
    while True:
        try:
            events.append(next(generator))
        except StopIteration as end:
            return events, end.value


def fetch_all(server: FileServer, folder: Path, content: bytes = CONTENT, **options):
    return run(fetch(entry_of(server.url, content), folder, **options))


def stop_early(server: FileServer, folder: Path, at: int = 1_000_000) -> int:
    """Begin a download, stop it after `at` bytes; the bytes that are left."""
    download = fetch(entry_of(server.url), folder)
    for event in download:
        if isinstance(event, Downloading) and event.bytes_done >= at:
            break
    download.close()
    part = folder / "small.pth.part"
    assert CONTENT.startswith(part.read_bytes())
    assert not (folder / "small.pth").exists()
    return part.stat().st_size


def only_the_model(folder: Path) -> bool:
    return {path.name for path in folder.iterdir()} - {"small.pth.lock"} == {"small.pth"}


def test_a_file_arrives_with_progress(tmp_path: Path):
    folder = tmp_path / "made" / "here"
    with serve(CONTENT) as server:
        events, path = fetch_all(server, folder)
    assert path == folder / "small.pth"
    assert path.read_bytes() == CONTENT
    downloading = [event for event in events if isinstance(event, Downloading)]
    assert downloading[0] == Downloading("small", 0, len(CONTENT))
    assert downloading[-1] == Downloading("small", len(CONTENT), len(CONTENT))
    assert [event.bytes_done for event in downloading] == sorted(
        {event.bytes_done for event in downloading}
    )
    assert events[-1] == Verifying("small", len(CONTENT), len(CONTENT))
    assert only_the_model(folder)


def test_xxh128_is_checked_too(tmp_path: Path):
    with serve(CONTENT) as server:
        good = entry_of(server.url)
        xxh = CatalogueEntry(
            **{name: getattr(good, name) for name in good.__slots__}
            | {"hash": f"xxh128:{xxhash.xxh128(CONTENT).hexdigest()}"}
        )
        assert run(fetch(xxh, tmp_path))[1].read_bytes() == CONTENT


def test_a_file_that_is_there_is_checked_and_not_fetched(tmp_path: Path):
    with serve(CONTENT) as server:
        fetch_all(server, tmp_path)
        events, path = fetch_all(server, tmp_path)
        assert len(server.requests) == 1
    assert path.read_bytes() == CONTENT
    assert {type(event) for event in events} == {Verifying}


def test_force_fetches_it_again(tmp_path: Path):
    with serve(CONTENT) as server:
        fetch_all(server, tmp_path)
        (tmp_path / "small.pth").write_bytes(b"damaged")
        _, path = fetch_all(server, tmp_path, force=True)
    assert path.read_bytes() == CONTENT


def test_a_stopped_download_continues(tmp_path: Path):
    with serve(CONTENT) as server:
        left = stop_early(server, tmp_path)
        events, path = fetch_all(server, tmp_path)
        assert server.requests[-1]["Range"] == f"bytes={left}-"
        assert server.requests[-1]["If-Range"] == '"first"'
        assert server.bodies[-1] == len(CONTENT) - left
    assert events[0] == Downloading("small", left, len(CONTENT))
    assert path.read_bytes() == CONTENT
    assert only_the_model(tmp_path)


def test_stopping_frees_the_lock_at_once(tmp_path: Path):
    with serve(CONTENT) as server:
        stop_early(server, tmp_path)
        assert not any(
            isinstance(event, WaitingForOther) for event in fetch_all(server, tmp_path)[0]
        )


def test_a_server_that_ignores_ranges_sends_all(tmp_path: Path):
    with serve(CONTENT, knows_ranges=False) as server:
        stop_early(server, tmp_path)
        events, path = fetch_all(server, tmp_path)
        assert server.bodies[-1] == len(CONTENT)
    assert events[0] == Downloading("small", 0, len(CONTENT))
    assert path.read_bytes() == CONTENT


def test_last_modified_serves_where_the_etag_is_weak(tmp_path: Path):
    date = "Sat, 01 Mar 2025 10:00:00 GMT"
    with serve(CONTENT, etag='W/"weak"', last_modified=date) as server:
        stop_early(server, tmp_path)
        fetch_all(server, tmp_path)
        assert server.requests[-1]["If-Range"] == date


def test_a_file_that_has_changed_starts_over(tmp_path: Path):
    changed = os.urandom(2_000_000)
    with serve(CONTENT) as server:
        stop_early(server, tmp_path)
        server.content, server.etag = changed, '"second"'
        events, path = fetch_all(server, tmp_path, changed)
        assert len(server.requests) == 2
    assert events[0].bytes_done == 0
    assert path.read_bytes() == changed


def test_a_change_that_the_server_hides_starts_over_once(tmp_path: Path):
    changed = os.urandom(2_500_000)
    with serve(CONTENT, honours_if_range=False) as server:
        stop_early(server, tmp_path)
        server.content = changed
        events, path = fetch_all(server, tmp_path, changed)
    assert Restarted("small") in events
    assert path.read_bytes() == changed


def test_a_part_longer_than_the_file_starts_over(tmp_path: Path):
    short = CONTENT[:400_000]
    with serve(CONTENT) as server:
        stop_early(server, tmp_path)
        server.content = short
        _, path = fetch_all(server, tmp_path, short)
        assert len(server.requests) == 3  # the range is refused, then the whole is asked for
    assert path.read_bytes() == short


def test_a_part_of_unknown_origin_is_not_trusted(tmp_path: Path):
    (tmp_path / "small.pth.part").write_bytes(b"of another file")
    with serve(CONTENT) as server:
        _, path = fetch_all(server, tmp_path)
        assert "Range" not in server.requests[0]
    assert path.read_bytes() == CONTENT


def test_a_complete_part_is_checked_without_asking(tmp_path: Path):
    with serve(CONTENT) as server:
        download = fetch(entry_of(server.url), tmp_path)
        for event in download:
            if isinstance(event, Verifying):
                break
        download.close()
        _, path = fetch_all(server, tmp_path)
        assert len(server.requests) == 1
    assert path.read_bytes() == CONTENT


@pytest.mark.parametrize("sends_length", [True, False])
def test_a_connection_that_ends_early_is_said_and_continued(tmp_path: Path, sends_length: bool):
    with serve(CONTENT, hang_up_after=1_500_000, sends_length=sends_length) as server:
        entry = entry_of(server.url, size=len(CONTENT))
        with pytest.raises(DownloadError, match=r"the connection ended after \d+ of 3000000 bytes"):
            run(fetch(entry, tmp_path))
        assert not (tmp_path / "small.pth").exists()
        server.hang_up_after = None
        events, path = run(fetch(entry, tmp_path))
    assert events[0].bytes_done > 1_000_000
    assert path.read_bytes() == CONTENT


def test_a_server_that_falls_silent_is_said_and_continued(tmp_path: Path, monkeypatch):
    monkeypatch.setattr(transfer_module, "_TIMEOUT", (5.0, 0.3))  # seconds
    with serve(CONTENT, seconds_a_block=1.5) as server:
        with pytest.raises(DownloadError, match=r"Could not download .*: .*timed out\. Try again"):
            fetch_all(server, tmp_path)
        server.seconds_a_block = 0.0
        assert fetch_all(server, tmp_path)[1].read_bytes() == CONTENT


def test_what_is_not_the_file_of_the_catalogue_is_not_kept(tmp_path: Path):
    with serve(b"<html>Sign in to the network</html>") as server:
        message = (
            f"What {server.url} sent for 'small' is not the file of the catalogue: expected sha256:"
        )
        with pytest.raises(DownloadError, match=re.escape(message)):
            fetch_all(server, tmp_path)
    assert {path.name for path in tmp_path.iterdir()} <= {"small.pth.lock"}


def test_a_damaged_file_is_said_with_the_way_out(tmp_path: Path):
    (tmp_path / "small.pth").write_bytes(CONTENT[:-1] + b"x")
    with pytest.raises(DamagedFileError) as raised:
        run(fetch(entry_of("http://127.0.0.1:9/none"), tmp_path))
    text = str(raised.value)
    assert f"{tmp_path / 'small.pth'} is damaged: expected sha256:" in text
    assert text.endswith("fetch it again with: napari-sam models download small --force")


def test_offline_names_the_url_the_file_and_the_folder(tmp_path: Path):
    url = "http://127.0.0.1:9/small.pth"  # nothing listens there
    with pytest.raises(DownloadError) as raised:
        run(fetch(entry_of(url), tmp_path))
    assert str(raised.value) == (
        f"Could not download 'small' from {url}: Connection refused. Try again: what has arrived "
        "is kept. Without a connection here, fetch that file on another machine and save it as "
        f"small.pth in {tmp_path}"
    )


def test_a_host_without_a_name_is_said(tmp_path: Path):
    url = "http://models.invalid/small.pth"
    with pytest.raises(DownloadError, match=r"Could not download 'small' from .*: .*[Nn]ame"):
        run(fetch(entry_of(url), tmp_path))


def test_a_refusal_is_said(tmp_path: Path):
    message = "the server answered 404 Not Found"
    with serve(CONTENT, status=404) as server, pytest.raises(DownloadError, match=message):
        fetch_all(server, tmp_path)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs the device that is always full")
def test_a_full_disk_is_said(tmp_path: Path):
    (tmp_path / "small.pth.part").symlink_to("/dev/full")
    message = f"the disk of {tmp_path} is full; make room there"
    with serve(CONTENT) as server, pytest.raises(DownloadError, match=message):
        fetch_all(server, tmp_path)


def test_too_little_space_is_said_before_any_byte(tmp_path: Path, monkeypatch):
    class Usage:
        free = 1_000_000

    monkeypatch.setattr(transfer_module.shutil, "disk_usage", lambda _: Usage)
    message = f"expected 3.0 MB of free space in {tmp_path}, got 1.0 MB; make room there"
    with serve(CONTENT) as server, pytest.raises(DownloadError, match=re.escape(message)):
        fetch_all(server, tmp_path)
    assert not (tmp_path / "small.pth.part").exists()


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path):
    (tmp_path / "file").touch()
    message = (
        rf"Expected a folder for models that can be written, got {tmp_path / 'file'}.* \(.+\)\. "
        "Set NAPARI_SAM_CACHE to another folder"
    )
    with pytest.raises(DownloadError, match=message):
        run(fetch(entry_of("http://127.0.0.1:9/none"), tmp_path / "file" / "models"))


def test_the_embedded_model_is_not_downloaded(tmp_path: Path):
    message = "expected a model that is downloaded, got 'default', which ships in the package"
    with pytest.raises(ValueError, match=message):
        run(fetch(find_model("default"), tmp_path))


DOWNLOAD_IN_A_PROCESS = """
import sys
from pathlib import Path
from napari_sam.weights.catalogue import CatalogueEntry
from napari_sam.weights.download import fetch
url, folder, hash_ = sys.argv[1:]
entry = CatalogueEntry(name="small", architecture="vit_s", file="small.pth", licence="MIT",
                       domain="tests", preprocessing="mean_std", url=url, hash=hash_)
for event in fetch(entry, Path(folder)):
    print(type(event).__name__, flush=True)
"""


def start_process(server: FileServer, folder: Path) -> subprocess.Popen[str]:
    entry = entry_of(server.url)

    return subprocess.Popen(
        [sys.executable, "-c", DOWNLOAD_IN_A_PROCESS, server.url, str(folder), str(entry.hash)],
        stdout=subprocess.PIPE,
        text=True,
    )


def test_after_kill_9_in_mid_download_the_next_process_continues(tmp_path: Path):
    with serve(CONTENT, seconds_a_block=0.02) as server:
        with start_process(server, tmp_path) as process:
            part = tmp_path / "small.pth.part"
            deadline = time.monotonic() + 30
            while not part.exists() or part.stat().st_size < 500_000:
                assert time.monotonic() < deadline
                time.sleep(0.01)
            process.send_signal(signal.SIGKILL)
        left = part.stat().st_size
        assert 0 < left < len(CONTENT)
        assert not (tmp_path / "small.pth").exists()
        server.seconds_a_block = 0.0
        with start_process(server, tmp_path) as process:
            assert process.wait(30) == 0
        assert server.requests[-1]["Range"] == f"bytes={left}-"
        assert server.bodies == [len(CONTENT), len(CONTENT) - left]
    assert (tmp_path / "small.pth").read_bytes() == CONTENT
    assert only_the_model(tmp_path)


def test_two_processes_at_once_fetch_it_once(tmp_path: Path):
    with serve(CONTENT, seconds_a_block=0.02) as server:
        with start_process(server, tmp_path) as one, start_process(server, tmp_path) as two:
            said = [one.communicate(timeout=30)[0], two.communicate(timeout=30)[0]]
            assert (one.returncode, two.returncode) == (0, 0)
        assert len(server.requests) == 1
    assert sum("WaitingForOther" in events for events in said) == 1
    assert (tmp_path / "small.pth").read_bytes() == CONTENT
