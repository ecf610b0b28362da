"""Objects of a label image into files that other software reads. A file a format."""
