"""From images and prompts to masks, without a screen."""
