from __future__ import annotations

import napari
from tests.end_to_end.stand_in import stand_in_loader

from napari_sam.widgets import demo
from napari_sam.widgets.session import session_of


def test_the_demo_opens_with_a_first_object(make_napari_viewer, qtbot, monkeypatch, pictures):
    def viewer_of_tests(**settings):
        viewer = make_napari_viewer(show=True, **settings)
        session_of(viewer, stand_in_loader())
        return viewer

    monkeypatch.setattr(napari, "Viewer", viewer_of_tests)
    viewer = demo.open_demo(block=False)
    session = session_of(viewer)
    qtbot.waitUntil(lambda: session.maker.current.candidates is not None, timeout=20_000)
    assert len(session.maker.prompts.points) == 1
    assert session.workspace.preview.mask().any()
