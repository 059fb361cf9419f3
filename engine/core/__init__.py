"""The pure core: load, resolve, compile, fingerprint, diff, plan. Values in, values out."""
