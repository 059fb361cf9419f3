"""Disclosure control, pure: which cells of a table are withheld so that nobody in a small group shows."""
