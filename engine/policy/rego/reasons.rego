# Why not. What the actor cannot see anything of is answered like what does not exist: by its address alone.
package dataspace

import rego.v1

why_not(c, found) := [] if {
	count(found) > 0
} else := failings(c) if {
	visible(c)
} else := [hidden(c), needs(c, kind_named(c.resource))]

visible(c) if {
	c.exists == true
	some action in ["see", "read"]
	seen := object.union(c, {"action": action})
	studio_allows(seen)
	some w in whens(seen)
	count(ways(seen, w)) > 0
}

# The kind an address speaks of, whether or not it could exist.
kind_named(address) := "studio" if {
	startswith(address, "project/studio-")
} else := "dataflow" if {
	startswith(address, "test/")
} else := split(address, "/")[0]

hidden(c) := concat("", ["there is no ", c.resource, " that ", c.actor, " may ", c.action]) if {
	is_string(c.action)
	c.action != "create"
} else := concat("", [c.actor, " may not create ", c.resource])

needs(c, kind) := concat("", ["role ", c.role, " does not give ", c.action, " on a ", split(c.resource, "/")[0]]) if {
	count(whens({"role": c.role, "kind": kind, "action": c.action})) == 0
} else := concat("", ["role ", c.role, " gives ", c.action, " on a ", split(c.resource, "/")[0], " only ", concat(" or ", conditions)]) if {
	conditions := sort_unique([condition_text(w) | some w in whens({"role": c.role, "kind": kind, "action": c.action})])
}

condition_text("any") := "that exists"

condition_text("member") := "of a project one is a member of"

condition_text("manager") := "of a project one manages"

condition_text("owner") := "that is one's own studio or lies in it"

condition_text("shared") := "that is shared with one"

condition_text("clearance") := "within one's clearance"

# What stands against it, for something the actor may see.
failings(c) := [concat("", [c.resource, " exists already"])] if {
	c.action == "create"
} else := [concat("", ["nothing in a studio is shared or scheduled, so not ", c.resource])] if {
	barred(c)
} else := approval_failings(c) if {
	c.action == "approve"
} else := [needs(c, c.kind)] if {
	count(whens(c)) == 0
} else := catalogue_failings(c) if {
	c.kind == "catalog"
	is_data_action(c.action)
} else := [lacking(c, w) | some w in whens(c)]

lacking(c, "member") := concat("", [c.actor, " is not a member of project ", c.project])

lacking(c, "manager") := concat("", [c.actor, " is not a manager of project ", c.project]) if {
	not is_manager(c)
} else := concat("", ["a manager of project ", c.project, " may change its members only"])

lacking(c, "owner") := concat("", [c.resource, " is not in a studio of ", c.actor])

lacking(c, "shared") := concat("", [c.resource, " is not shared with ", c.actor, " to ", c.action])

lacking(c, "clearance") := above(c)

lacking(c, "any") := above(c)

is_manager(c) if standing_in(c, c.project) == "manager"

above(c) := concat("", [level_name(c.level), " is above the clearance of ", c.actor])

approval_failings(c) := ["nobody approves their own application"] if {
	is_approved(c)
	asker := data.dataspace_facts.applications[c.resource].requested_by
	asker == c.actor
} else := ["nobody approves what opens data to them alone"] if {
	is_approved(c)
	beneficiary := data.dataspace_facts.applications[c.resource].beneficiary
	beneficiary == c.actor
} else := [
	concat("", [c.actor, " does not own ", data.dataspace_facts.applications[c.resource].dataset]),
	concat("", ["role ", c.role, " does not approve applications"]),
] if {
	is_approved(c)
}

catalogue_failings(c) := array.concat([lacking(c, "member"), closed(c)], grant_failings(c))

closed(c) := above(c) if {
	is_open(c)
	not cleared(c)
} else := "the entry is open on request only"

grant_failings(c) := texts if {
	texts := [text |
		some p in data.dataspace_facts.users[c.actor].principals
		some g in data.dataspace_facts.grants[c.resource][p]
		text := grant_failing(c, g)
	]
	count(texts) > 0
} else := [concat("", [c.actor, " has no grant"])]

grant_failing(c, g) := concat("", ["grant ", g.name, " is ", g.status]) if {
	is_string(g.status)
	g.status != "approved"
} else := concat("", ["grant ", g.name, " does not give ", c.action]) if {
	not gives(c, g)
} else := concat("", ["grant ", g.name, " begins on ", g.from]) if {
	is_date(c.now)
	is_date(g.from)
	c.now < g.from
} else := concat("", ["grant ", g.name, " ended on ", g.until]) if {
	is_date(c.now)
	is_date(g.until)
	g.until < c.now
}

gives(c, g) if g.actions[c.action] == true

level_name(level) := concat("", ["level ", name]) if {
	rank := level
	name := data.dataspace_facts.levels[rank]
	is_string(name)
} else := "its level"
