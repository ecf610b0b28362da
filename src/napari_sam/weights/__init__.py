"""Where weights come from: the catalogue, downloads, checkpoint files, the embedded default."""
