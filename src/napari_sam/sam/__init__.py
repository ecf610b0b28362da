"""The Segment Anything model itself: pure PyTorch, nothing else."""
