# Where the caller is: some network that covers them must hold their address, up to the level they ask for.
package dataspace

import rego.v1

reaching(c) := {"ok": true, "reasons": [concat("", ["network ", min(names), " covers the caller's address"])]} if {
	needed := level_needed(c)
	is_number(needed)
	names := [name |
		some n in networks_here(c)
		is_number(n.level)
		n.level >= needed
		name := n.name
	]
	count(names) > 0
} else := {"ok": false, "reasons": [concat("", ["the caller's address lies in no network that covers ", c.actor])]} if {
	count(networks_here(c)) == 0
} else := {"ok": false, "reasons": [concat("", [level_name(level_needed(c)), " is not reached from the caller's network"])]} if {
	visible(c)
} else := {"ok": false, "reasons": []}

networks_here(c) := [n |
	some p in data.dataspace_facts.users[c.actor].principals
	some n in data.dataspace_facts.networks[p]
	holds(n, c.digits)
]

holds(n, ip) if {
	is_string(n.name)
	is_number(n.level)
	is_string(n.first)
	is_string(n.last)
	is_string(ip)
	count(n.first) == 32
	count(n.last) == 32
	n.first <= ip
	ip <= n.last
}

# Data and pages have a level; to change what has none, any network that covers the caller will do.
level_needed(c) := c.level if {
	is_data_action(c.action)
} else := c.level if {
	c.kind == "dashboard"
} else := 0
