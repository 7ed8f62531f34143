"""Foreign devices at the door: each protocol turns foreign bytes into a capture, and answers in its own words."""
