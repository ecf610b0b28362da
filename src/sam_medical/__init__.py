"""Medical images on top of napari_sam: volumes, fine-tuning, evaluation."""
