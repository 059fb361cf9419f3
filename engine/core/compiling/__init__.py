"""Compiling: every dataset's columns, query, lineage, logic hashes, levels and tags, before anything runs."""
