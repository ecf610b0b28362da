"""Pickle streams as data."""

from __future__ import annotations

import contextlib
import pickle
from collections import OrderedDict
from datetime import date
from pathlib import PurePosixPath

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from napari_sam.weights.pickled_records import (
    Call,
    PickleSyntaxError,
    Skipped,
    read_records,
)

PROTOCOLS = range(pickle.HIGHEST_PROTOCOL + 1)
PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: (
        st.lists(inner)
        | st.dictionaries(st.text(), inner)
        | st.tuples(inner, inner)
        | st.tuples(inner, inner, inner, inner)
    ),
)


@settings(deadline=None)
@given(value=PLAIN, protocol=st.sampled_from(PROTOCOLS))
def test_plain_data_comes_back_as_pickle_would_give_it(value: object, protocol: int):
    stream = pickle.dumps(value, protocol)
    assert read_records(stream) == pickle.loads(stream)


@settings(deadline=None)
@given(value=st.binary(), protocol=st.sampled_from([3, 4, 5]))
def test_bytes_come_back(value: bytes, protocol: int):
    assert read_records(pickle.dumps(value, protocol)) == value


@settings(deadline=None)
@given(stream=st.binary(max_size=64))
def test_noise_is_an_error_of_its_own(stream: bytes):
    with contextlib.suppress(PickleSyntaxError):
        read_records(stream)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_shared_object_is_shared(protocol: int):
    inner = [1]
    first, second = read_records(pickle.dumps([inner, inner], protocol))
    assert first is second


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
def test_an_ordered_dict_is_a_dict_and_loses_its_attributes(protocol: int):
    value = OrderedDict(a=1)
    value._metadata = {"version": 1}
    assert read_records(pickle.dumps(value, protocol)) == {"a": 1}


class Strange:
    """Of a class that another program defines."""

    def __init__(self):
        self.state = {"deep": [1, 2]}


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
@pytest.mark.parametrize(
    "value",
    [
        Strange(),
        {1, 2},
        frozenset([3]),
        np.arange(3),
        PurePosixPath("a"),
        date(2025, 1, 1),
        Strange,
    ],
    ids=lambda value: type(value).__name__,
)
def test_other_objects_are_passed_over(value: object, protocol: int):
    records = read_records(pickle.dumps({"before": 1, "it": value, "after": [2]}, protocol))
    assert (records["before"], records["after"]) == (1, [2])
    assert type(records["it"]).__module__ in {"napari_sam.weights.pickled_records"}


class Trap:
    called = False

    def __reduce__(self):
        return trap, ("now",)


def trap(_: str) -> None:
    Trap.called = True


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_call_is_noted_and_not_made(protocol: int):
    record = read_records(pickle.dumps(Trap(), protocol))
    assert isinstance(record, Call)
    assert record.name.endswith(".trap")
    assert record.arguments == ("now",)
    assert not Trap.called


def test_keys_that_are_no_text_or_number_are_left_out():
    assert read_records(pickle.dumps({"a": 1, (1, 2): 3, 4: 5}, 2)) == {"a": 1, 4: 5}


def test_an_object_with_new_arguments_is_passed_over():
    stream = pickle.dumps(Strange(), 4).replace(b"\x81", b"}\x92")  # NEWOBJ_EX with keywords
    assert isinstance(read_records(stream), Skipped)


@pytest.mark.parametrize(
    ("stream", "message"),
    [
        (b"", "pickle exhausted before seeing STOP"),
        (pickle.dumps([1, 2, 3])[:-3], "not enough data in stream to read uint1"),
        (b"0.", "pop from empty list"),
        (b"\x86.", "the stack is empty"),
        (b"\x82\x01.", "opcode EXT1 is not expected in a checkpoint"),
    ],
)
def test_a_faulty_stream_is_refused(stream: bytes, message: str):
    with pytest.raises(PickleSyntaxError, match=message):
        read_records(stream)
