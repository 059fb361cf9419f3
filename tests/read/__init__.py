"""Store, slices, queries, preview and export."""
