"""What may be written: one pydantic model per kind, in one file each."""
