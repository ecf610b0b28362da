"""The rooms that a person sees: the only ones that import napari, qtpy and magicgui."""
