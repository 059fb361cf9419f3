# Requests and the facts they are judged by, type-checked before anything is decided.
package dataspace

import rego.v1

# All that rules look at: the request, and beside it the facts about its actor and resource, flat, since an
# interpreter may copy what it is handed. Undefined unless both are well formed.
context(q) := object.union(q, facts) if {
	well_formed(q)
	digits := address_digits(q.ip)
	role := data.dataspace_facts.users[q.actor].role
	is_string(role)
	clearance := data.dataspace_facts.users[q.actor].clearance
	is_number(clearance)
	f := resource_facts(q)
	facts := object.union(f, {"digits": digits, "role": role, "clearance": clearance})
}

well_formed(q) if {
	is_string(q.actor)
	is_string(q.action)
	is_string(q.resource)
	is_string(q.ip)
	is_date(q.now)
	facts_are_there
}

# The space itself is always among the facts: without it something has been lost.
# A look-up is bound before it is compared: OPA would read the whole index to compare in place.
facts_are_there if {
	format := data.dataspace_facts.format
	format == 2
	space := data.dataspace_facts.space
	known := data.dataspace_facts.exists[space]
	known == true
	kind := data.dataspace_facts.resources[space].kind
	kind == "space"
}

is_date(text) if {
	is_string(text)
	count(text) == 10
	trim(text, "0123456789-") == ""
	substring(text, 4, 1) == "-"
	substring(text, 7, 1) == "-"
}

# An address as 32 hex digits, IPv4 mapped into IPv6: ranges are then compared as text, exactly.
address_digits(ip) := ip if {
	count(ip) == 32
	trim(ip, "0123456789abcdef") == ""
} else := digits if {
	parts := split(ip, ".")
	count(parts) == 4
	octets := [octet(part) | some part in parts]
	count(octets) == 4
	digits := concat("", array.concat(["00000000000000000000ffff"], octets))
}

octet(part) := digits if {
	count(part) > 0
	count(part) < 4
	trim(part, "0123456789") == ""
	n := to_number(part)
	n < 256
	format_int(n, 10) == part
	high := floor(n / 16)
	digits := concat("", [substring("0123456789abcdef", high, 1), substring("0123456789abcdef", n - (high * 16), 1)])
}

# The facts of an address that exists, or just its kind when none of the indexes knows it.
resource_facts(q) := f if {
	f := data.dataspace_facts.resources[q.resource]
	known := data.dataspace_facts.exists[q.resource]
	known == true
	f.exists == true
	is_string(f.kind)
	is_string(f.project)
	is_string(f.owner)
	is_boolean(f.personal)
	is_number(f.level)
} else := f if {
	address := q.resource
	not mentioned(address)
	kind := kind_of_new(address)
	project := project_of(address)
	f := {"kind": kind, "project": project, "owner": "", "personal": false, "level": 0, "exists": false}
}

mentioned(address) if {
	known := address
	fact := data.dataspace_facts.exists[known]
	fact == fact
}

mentioned(address) if {
	known := address
	fact := data.dataspace_facts.resources[known]
	fact == fact
}

kind_of_new(address) := kind if {
	parts := split(address, "/")
	every part in parts {
		is_name(part)
	}
	kind := kind_of_parts(parts)
} else := "nothing"

kind_of_parts(parts) := "studio" if {
	count(parts) == 2
	parts[0] == "project"
	startswith(parts[1], "studio-")
} else := "dataflow" if {
	count(parts) == 3
	parts[0] == "test"
} else := parts[0] if {
	count(parts) == 2
	parts[0] in {"catalog", "datapolicy", "grant", "group", "network", "project", "role", "source", "user"}
} else := parts[0] if {
	count(parts) == 3
	parts[0] in {"assistant", "dashboard", "dataflow", "dataset", "notebook"}
}

is_name(text) if {
	count(text) > 0
	count(text) < 64
	not startswith(text, "-")
	trim(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-") == ""
}

project_of(address) := parts[1] if {
	parts := split(address, "/")
	count(parts) == 3
} else := ""

# The conditions under which a role gives an action on a kind; none when it never does.
whens(r) := found if {
	found := data.dataspace_facts.roles[r.role].rights[r.kind][r.action]
	is_array(found)
} else := []

malformed(q) := "the request is malformed: it takes actor, action, resource, ip and now" if {
	not well_formed(q)
} else := "the request is malformed: ip is no address" if {
	ip := q.ip
	not has_digits(ip)
} else := concat("", ["there is no user ", q.actor]) if {
	not has_user(q)
} else := "the facts about the user or the resource are malformed"

has_digits(ip) if {
	digits := address_digits(ip)
	count(digits) == 32
}

has_user(q) if {
	u := data.dataspace_facts.users[q.actor]
	u == u
}
