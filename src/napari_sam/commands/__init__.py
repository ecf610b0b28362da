"""The commands of `napari-sam`, one file each."""
