# Who may do what: the entry points, and how an answer is put together.
#
# Every answer is one object {allow, reasons, via, obligations, datasets, valid_until, revision}. Access
# needs a positive finding at each step; whatever is missing, malformed or unknown ends in a refusal.
package dataspace

import rego.v1

# One request: {actor, action, resource, ip, now}, for OPA's REST API and `opa eval`.
decision := decide(input)

# Many requests in one round trip, answered in the order asked.
decisions := [decide(q) | some q in input.requests]

decide(q) := answer if {
	c := context(q)
	answer := verdict(c, openings(c), reaching(c))
} else := refused([malformed(q)])

# Openings are the ways the right itself is found; reach is whether the caller's network suffices.
verdict(c, found, reach) := {
	"allow": true,
	"reasons": sort_unique(array.concat([text | some o in found; text := o.reason], reach.reasons)),
	"via": sort_unique([via | some o in found; some via in o.via]),
	"obligations": obligations,
	"datasets": datasets,
	"valid_until": latest([end | some o in found; end := o.until]),
	"revision": revision,
} if {
	count(found) > 0
	reach.ok == true
	obligations := own_obligations(c)
	datasets := obligations_behind(c)
} else := refused(["the facts about what must be hidden are malformed"]) if {
	count(found) > 0
	reach.ok == true
} else := refused(sort_unique(array.concat(why_not(c, found), lacking_network(reach))))

lacking_network(reach) := reach.reasons if {
	reach.ok == false
} else := []

refused(reasons) := {
	"allow": false,
	"reasons": reasons,
	"via": [],
	"obligations": {"columns": {}, "rows": [], "min_cell": 0, "rounding": 0},
	"datasets": {},
	"valid_until": null,
	"revision": revision,
}

default revision := ""

revision := data.dataspace_facts.revision if is_string(data.dataspace_facts.revision)

sort_unique(texts) := sort({text | some text in texts})

# Access lasts as long as its longest way in; a way without end lasts for good.
latest(ends) := end if {
	end := max(ends)
	is_string(end)
	end != "9999-12-31"
} else := null
