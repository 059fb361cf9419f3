# The catalogue's door to data: membership of the owning project, clearance for an open entry, or a grant.
package dataspace

import rego.v1

ways_through_catalogue(c, w) := array.concat(as_member(c, w), array.concat(as_cleared(c, w), as_granted(c, w)))

as_member(c, w) := way(c, [concat("", ["project:", c.project])], concat("", [c.actor, " belongs to project ", c.project, ", which owns the dataset, as ", standing])) if {
	w in {"member", "clearance", "any"}
	standing := standing_in(c, c.project)
} else := []

as_cleared(c, w) := way(c, [], concat("", ["the entry is open and clearance of ", c.actor, " covers ", level_name(c.level)])) if {
	w in {"clearance", "any"}
	is_open(c)
	cleared(c)
} else := []

is_open(c) if {
	access := data.dataspace_facts.entries[c.resource].access
	access == "open"
}

# A grant stands above clearance.
as_granted(c, w) := [o |
	w in {"clearance", "any"}
	some p in data.dataspace_facts.users[c.actor].principals
	some g in data.dataspace_facts.grants[c.resource][p]
	granted(c, g)
	o := {
		"via": [concat("", ["role:", c.role]), concat("", ["grant:", g.name])],
		"reason": concat("", ["grant ", g.name, " gives ", c.action, " to ", p]),
		"until": g.until,
	}
]

granted(c, g) if {
	is_string(g.name)
	g.status == "approved"
	g.actions[c.action] == true
	is_date(g.from)
	is_date(g.until)
	is_date(c.now)
	g.from <= c.now
	c.now <= g.until
}
