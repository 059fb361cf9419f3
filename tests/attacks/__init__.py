"""Attacks on disclosure control: what authors write and readers combine, through the real commands."""
