"""The journal of a session: every change on disk as it happens. Free of Qt and napari."""
