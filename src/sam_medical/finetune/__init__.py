"""Training SAM: data, the simulated user, the loss, the loop."""
