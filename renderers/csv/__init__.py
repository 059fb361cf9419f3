"""Values in, comma-separated text out."""
