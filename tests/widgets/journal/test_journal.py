"""What is written is read back, wherever the file was cut."""

from __future__ import annotations

import time

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.widgets.journal.work import Work

from napari_sam.widgets.changes import PixelChange, PromptChange, Together
from napari_sam.widgets.classes import add_class
from napari_sam.widgets.journal.content import JournalContent
from napari_sam.widgets.journal.deltas import PixelDelta, PromptDelta
from napari_sam.widgets.journal.encoder import Encoder
from napari_sam.widgets.journal.folder import sessions
from napari_sam.widgets.journal.frames import MAGIC, AppendingFile, JournalError, read_records
from napari_sam.widgets.journal.payload import pack
from napari_sam.widgets.journal.values import reference_to_json
from napari_sam.widgets.journal_writer import reference_to
from napari_sam.widgets.object_record import ObjectRecord, RecordBook, RecordChange
from napari_sam.widgets.prompt_state import PromptPoint, PromptShape, PromptState
from napari_sam.widgets.prompts import PlanePrompts

points = st.builds(
    PromptPoint, st.tuples(st.floats(0, 9), st.floats(0, 9)), st.sampled_from(["foreground", "b"])
)
shapes = st.builds(
    PromptShape,
    st.sampled_from(["rectangle", "path"]),
    st.lists(st.tuples(st.floats(0, 9), st.floats(0, 9)), max_size=3).map(tuple),
    st.just("foreground"),
)
states = st.builds(
    PromptState,
    st.lists(points, max_size=4).map(tuple),
    st.lists(shapes, max_size=3).map(tuple),
)
pixels = st.tuples(st.lists(st.integers(0, 23), max_size=8, unique=True), st.integers(0, 5))
steps = st.lists(
    st.one_of(
        pixels.map(lambda x: ("pixels", x)),
        states.map(lambda x: ("prompts", x)),
        st.tuples(pixels, states).map(lambda x: ("both", x)),
        st.just(("unknown", None)),
        st.just(("undo", None)),
        st.just(("redo", None)),
    ),
    max_size=25,
)


@settings(deadline=None, max_examples=150, suppress_health_check=list(HealthCheck))
@given(steps=steps, begins_at=st.integers(0, 6), cut=st.floats(0, 1), damage=st.booleans())
def test_a_journal_cut_anywhere_gives_the_state_after_its_last_whole_record(
    tmp_path_factory, steps, begins_at, cut, damage
):
    """The journal may begin in the middle of a history, whose older changes can be undone."""
    path = tmp_path_factory.mktemp("journal") / "journal"
    model, encoder, file = _Model(), Encoder(), AppendingFile(path)
    file.append(pack({"kind": "image", "number": 0, "reference": REFERENCE}))
    note = {"kind": "labels", "number": 1, "image": 0, "reference": REFERENCE, "base": "copy"}
    file.append(pack(note))
    written = []
    for number, step in enumerate(steps):
        if number == begins_at:
            base = model.pixels.copy()
            if base.any():
                file.append(pack({"kind": "slab", "layer": 1, "start": 0}, [base]))
            written.append((file.size, base, None))
        report = model.make(step)
        if report is not None and number >= begins_at:
            file.append(encoder.encode(*report))
            is_told = any(isinstance(d, PromptDelta) for d in report[2])
            earlier = written[-1][2]
            written.append((file.size, model.pixels.copy(), model.state if is_told else earlier))
    file.close()
    data = path.read_bytes()
    end = round(cut * len(data))
    torn = bytearray(data[:end])
    if damage and end < len(data) and end > len(MAGIC):
        torn += bytes([data[end] ^ 0xFF]) + data[end + 1 :]
    path.write_bytes(torn)

    whole = [each for each in written if each[0] <= end]
    content = JournalContent.of(path)
    if whole:
        _, expected, state = whole[-1]
        assert content.labels[1].pixels().reshape(-1).tolist() == expected.tolist()
        if state is not None:
            assert content.prompts[0] == state


REFERENCE = reference_to_json(reference_to(Work((4, 6)).labels, np.zeros((4, 6), np.int32)))


class _Model:
    """A list of changes as plain as can be, without layers."""

    def __init__(self):
        self.pixels, self.state = np.zeros(24, np.int32), PromptState()
        self._done, self._undone = [], []

    def make(self, step):
        kind, value = step
        if kind in ("undo", "redo"):
            source, target = (self._done, self._undone)[:: 1 if kind == "undo" else -1]
            if not source:
                return None
            change = source.pop()
            target.append(change)
            deltas = change[0]
            self._apply([d.reversed() for d in deltas[::-1]] if kind == "undo" else deltas)
            return kind, change, deltas
        change = [[]]
        if kind in ("pixels", "both"):
            at, label = value if kind == "pixels" else value[0]
            at = np.array(at, np.int64)
            change[0].append(PixelDelta(1, at, self.pixels[at], np.full(len(at), label, np.int32)))
        if kind in ("prompts", "both"):
            change[0].append(PromptDelta(0, self.state, value if kind == "prompts" else value[1]))
        self._apply(change[0])
        self._done.append(change)
        self._undone.clear()
        return "do", change, change[0]

    def _apply(self, deltas):
        for delta in deltas:
            if isinstance(delta, PixelDelta):
                self.pixels[delta.indices] = delta.after
            else:
                self.state = delta.after


def test_a_commit_of_1000_pixels_in_512_cubed_appends_a_few_kb_in_a_few_ms(sessions_root):
    labels = np.zeros((512, 512, 512), np.int32)
    work = Work((512, 512, 512), labels)
    work.image.data = np.zeros((512, 512, 512), np.uint8)
    rng = np.random.default_rng(0)
    sizes, seconds = [], []
    for number in range(1, 6):
        z = np.full(1000, number * 40)
        pixel = np.sort(rng.choice(512 * 512, 1000, replace=False))
        change = PixelChange.of("commit", work.labels, (z, pixel // 512, pixel % 512), number)
        work.history.do(change)
        seconds.append(_time_to_write(work))
        sizes.append(sessions(sessions_root)[0].journal.stat().st_size)
    grown = np.diff(sizes)
    assert grown.max() < 4000, grown
    assert grown.min() > 0
    assert np.median(seconds[1:]) < 0.03, seconds
    work.close()
    merged = JournalContent.of(sessions(sessions_root)[0].journal).labels[1].merged()
    assert np.array_equal(labels.reshape(-1)[merged.indices], merged.after)
    assert merged.indices.size == np.count_nonzero(labels)


def _time_to_write(work):
    """How long the last change takes until it is in the file, without waiting for the disk."""
    done = []
    start = time.perf_counter()
    work.writer._thread.put(lambda: done.append(time.perf_counter()))
    while not done:
        time.sleep(0.0005)
    return done[0] - start


def test_layers_that_had_content_are_copied_without_their_empty_parts(sessions_root):
    labels = np.zeros((64, 512, 512), np.int32)
    labels[3, 10:20, 10:20] = 7
    work = Work((64, 512, 512), labels)
    change = PixelChange.of("x", work.labels, (np.array([3]), np.array([10]), np.array([10])), 9)
    work.history.do(change)
    work.close()
    (folder,) = sessions(sessions_root)
    assert folder.journal.stat().st_size < 20_000
    content = JournalContent.of(folder.journal).labels[1]
    assert np.array_equal(content.pixels(), labels)
    assert content.pixels()[3, 10, 10] == 9


def test_records_of_objects_follow_undo_and_redo(sessions_root):
    work = Work()
    book = RecordBook(work.labels)
    record = ObjectRecord(1, (0, 1, (0, 0)), PlanePrompts(((3.0, 4.0, 1),)), 1, "default", 2)
    work.history.do(
        Together(
            "commit of object 1",
            (
                PixelChange.of("pixels", work.labels, (np.array([1]), np.array([2])), 1),
                RecordChange.adding(book, record),
            ),
        )
    )
    work.history.undo()
    assert book.records == ()
    work.history.redo()
    assert book.records == (record,)
    work.close()
    content = JournalContent.of(sessions(sessions_root)[0].journal)
    assert content.labels[1].records == [record]


def test_a_record_that_replaces_another_keeps_its_turn(sessions_root):
    """A replay makes the objects in the order of their commits, undone or not."""
    work = Work()
    book = RecordBook(work.labels)
    first, second = (ObjectRecord(label, (0, 1, (0, 0))) for label in (1, 2))
    refined = ObjectRecord(1, (0, 1, (0, 0)), PlanePrompts(((3.0, 4.0, 1),)))
    work.history.do(RecordChange.adding(book, first))
    work.history.do(RecordChange.adding(book, second))
    work.history.do(RecordChange.adding(book, refined, replaces=True))
    assert book.records == (refined, second)
    work.history.undo()
    assert book.records == (first, second)
    work.history.do(PixelChange.of("one", work.labels, (np.array([1]), np.array([2])), 1))
    work.close()
    content = JournalContent.of(sessions(sessions_root)[0].journal)
    assert content.labels[1].records == [first, second]


def test_classes_are_kept_as_they_are_when_something_is_committed(sessions_root):
    work, at = Work(), (np.array([1]), np.array([2]))
    nucleus = add_class(work.labels, "nucleus", 1)
    work.history.do(PixelChange.of("one", work.labels, at, 1))
    size = _size_when_written(work, sessions_root)
    work.history.do(PixelChange.of("again", work.labels, at, 3))
    grown = _size_when_written(work, sessions_root) - size
    debris = add_class(work.labels, "debris", 2)
    work.history.do(PixelChange.of("two", work.labels, at, 2))
    assert _size_when_written(work, sessions_root) - size > 2 * grown + 50
    work.close()
    content = JournalContent.of(sessions(sessions_root)[0].journal)
    assert content.labels[1].classes == (nucleus, debris)


def _size_when_written(work, root):
    _time_to_write(work)
    return sessions(root)[0].journal.stat().st_size


def test_what_the_journal_does_not_know_is_left_out_and_keeps_its_place(sessions_root):
    class Strange:
        description = "something new"

        def undo(self):
            pass

        redo = undo

    work = Work()
    at = (np.array([1]), np.array([2]))
    work.history.do(PixelChange.of("one", work.labels, at, 1))
    work.history.do(Strange())
    work.history.do(PixelChange.of("two", work.labels, at, 2))
    work.history.undo()
    work.history.undo()
    work.close()
    assert work.errors == []
    content = JournalContent.of(sessions(sessions_root)[0].journal)
    content.feed(pack({"kind": "of a later version"}))
    assert content.labels[1].pixels()[1, 2] == 1


def test_a_session_undone_or_saved_leaves_nothing(sessions_root):
    at = (np.array([1]), np.array([2]))
    undone = Work()
    undone.history.do(PixelChange.of("one", undone.labels, at, 1))
    undone.history.undo()
    undone.close()
    assert list(sessions_root.iterdir()) == []

    saved = Work()
    saved.history.do(PixelChange.of("one", saved.labels, at, 1))
    saved.writer.saved(saved.labels)
    saved.close()
    assert list(sessions_root.iterdir()) == []

    changed_since = Work()
    changed_since.history.do(PixelChange.of("one", changed_since.labels, at, 1))
    changed_since.writer.saved(changed_since.labels)
    changed_since.history.do(PixelChange.of("one", changed_since.labels, at, 2))
    changed_since.close()
    (folder,) = sessions(sessions_root)
    assert folder.header().ended is not None
    assert folder.header().images == ("cells",)


def test_a_session_without_a_change_makes_no_folder(sessions_root):
    work = Work()
    work.close()
    assert not sessions_root.exists()


def test_prompts_alone_are_kept(sessions_root):
    work = Work()
    state = PromptState((PromptPoint((1.0, 2.0), "foreground"),))
    work.history.do(PromptChange("point", work.prompts, PromptState(), state))
    work.close()
    content = JournalContent.of(sessions(sessions_root)[0].journal)
    assert content.prompts == {0: state}
    assert content.has_work_on(0)
    assert not content.has_work_on(1)


def test_a_disk_that_cannot_be_written_is_said_once(sessions_root, qtbot):
    sessions_root.parent.mkdir(exist_ok=True)
    sessions_root.write_text("a file where the folder should be")
    work = Work()
    at = (np.array([1]), np.array([2]))
    for label in range(1, 5):
        work.history.do(PixelChange.of("one", work.labels, at, label))
    work.close()
    qtbot.waitUntil(lambda: bool(work.errors))
    qtbot.wait(20)
    assert len(work.errors) == 1
    assert work.errors[0].startswith("Your work is not backed up any more: ")
    assert work.labels.data[1, 2] == 4


def test_a_full_disk_leaves_the_records_before_it(tmp_path, monkeypatch):
    import os

    file = AppendingFile(tmp_path / "journal")
    file.append(b"first")
    write = os.write

    def write_half(descriptor, data):
        if len(data) > 5:
            return write(descriptor, data[:5])
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("napari_sam.widgets.journal.frames.os.write", write_half)
        with pytest.raises(OSError, match="No space left"):
            file.append(b"second")
    file.append(b"third")
    file.close()
    assert list(read_records(tmp_path / "journal")) == [b"first", b"third"]


def test_another_file_is_no_journal(tmp_path):
    path = tmp_path / "journal"
    path.write_bytes(b"PK\x03\x04 something else entirely")
    with pytest.raises(JournalError, match="expected a journal that begins with"):
        list(read_records(path))
