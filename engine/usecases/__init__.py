"""One short function per use case, over ports."""
