"""Policy: roles, membership, networks, grants compiled to data; Rego decides; values in between."""
