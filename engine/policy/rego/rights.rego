# The ways in: each right of the role whose condition holds is one opening {via, reason, until}.
package dataspace

import rego.v1

openings(c) := found if {
	not barred(c)
	found := array.concat([o | some w in c.whens; some o in opening(c, w)], owners_approval(c))
} else := []

# A studio is its owner's alone, and nothing in it is shared or scheduled.
barred(c) if not studio_allows(c)

studio_allows(c) if c.f.personal == false

studio_allows(c) if {
	c.f.personal == true
	c.f.owner == c.actor
	not c.action in {"share", "schedule"}
}

opening(c, w) := ways_to_create(c, w) if {
	c.action == "create"
	c.f.exists == false
} else := ways_through_catalogue(c, w) if {
	c.f.exists == true
	c.f.kind == "catalog"
	is_data_action(c.action)
} else := ways_to_approve(c, w) if {
	c.f.exists == true
	c.action == "approve"
} else := ways(c, w) if {
	c.f.exists == true
	not c.action in {"create", "approve"}
}

is_data_action(action) if action in {"preview", "export", "use"}

way(c, via, reason) := [{
	"via": array.concat([concat("", ["role:", c.u.role])], via),
	"reason": reason,
	"until": "9999-12-31",
}]

# Conditions on something that exists.
ways(c, "any") := way(c, [], concat("", ["role ", c.u.role, " may ", c.action, " any ", c.f.kind])) if {
	not is_data_action(c.action)
}

ways(c, "any") := way(c, [], concat("", ["role ", c.u.role, " may ", c.action, " any ", c.f.kind, " within its clearance"])) if {
	is_data_action(c.action)
	cleared(c)
}

ways(c, "member") := way(c, [concat("", ["project:", c.f.project])], concat("", [c.actor, " is a ", standing, " of project ", c.f.project])) if {
	standing := standing_in(c, c.f.project)
}

ways(c, "manager") := way(c, [concat("", ["project:", c.f.project])], concat("", [c.actor, " is a manager of project ", c.f.project])) if {
	standing_in(c, c.f.project) == "manager"
	whole_or_members(c)
}

ways(c, "owner") := way(c, [concat("", ["project:", c.f.project])], concat("", [c.actor, " owns ", c.f.project])) if {
	c.f.personal == true
	c.f.owner == c.actor
}

ways(c, "clearance") := way(c, [], concat("", ["clearance of ", c.actor, " covers ", level_name(c.f.level)])) if {
	cleared(c)
}

ways(c, "shared") := [o | some p in c.u.principals; some o in share_to(c, p)] if {
	c.f.kind == "dashboard"
}

# What managers may change of a project is who its members are.
whole_or_members(c) if c.f.kind != "project"

whole_or_members(c) if {
	c.f.kind == "project"
	c.action != "update"
}

whole_or_members(c) if {
	c.f.kind == "project"
	c.action == "update"
	c.part == "members"
}

standing_in(c, project) := standing if {
	standing := c.u.projects[project]
	standing in {"member", "manager", "owner"}
}

cleared(c) if c.f.level <= c.u.clearance

share_to(c, p) := way(c, [concat("", ["share:", p])], concat("", ["it is shared with ", p, " to ", access])) if {
	access := c.f.shares[p]
	share_covers(access, c.action)
	above_clearance(p, c)
}

share_covers("read", action) if action in {"see", "read"}

share_covers("edit", action) if action in {"see", "read", "edit", "update"}

# A share stands above the clearance of the users and groups it names, of nobody else.
above_clearance(p, _) if startswith(p, "user:")

above_clearance(p, _) if startswith(p, "group:")

above_clearance(p, c) if {
	startswith(p, "role:")
	cleared(c)
}

above_clearance(p, c) if {
	startswith(p, "project:")
	cleared(c)
}

above_clearance("everyone", c) if c.f.level == 0

# Creating something at an address nobody has yet.
ways_to_create(c, "any") := way(c, [], concat("", ["role ", c.u.role, " may create any ", c.f.kind])) if {
	not c.f.kind in {"nothing", "studio"}
}

ways_to_create(c, "owner") := way(c, [], concat("", [c.actor, " may create a studio of their own"])) if {
	c.f.kind == "studio"
	c.address == concat("", ["project/studio-", c.actor])
}

ways_to_create(c, "member") := way(c, [concat("", ["project:", p])], concat("", [c.actor, " is a ", standing, " of project ", p])) if {
	p := home(c)
	standing := standing_in(c, p)
} else := way(c, [], concat("", [c.actor, " may create a studio of their own"])) if {
	home(c) == concat("", ["studio-", c.actor])
	studio := concat("", ["project/studio-", c.actor])
	not mentioned(studio)
	"owner" in whens(c.u.role, "studio", "create")
}

ways_to_create(c, "manager") := way(c, [concat("", ["project:", p])], concat("", [c.actor, " is a manager of project ", p])) if {
	p := home(c)
	standing_in(c, p) == "manager"
}

# A catalogue entry belongs to the project of the dataset it offers; for a new one the request says which.
home(c) := c.f.project if c.f.kind != "catalog"

home(c) := c.new_project if c.f.kind == "catalog"

# Approving an application: never one's own; the dataset's owner, or a role that approves any.
ways_to_approve(c, "any") := way(c, [], concat("", ["role ", c.u.role, " may approve any application"])) if {
	approvable(c)
}

owners_approval(c) := [{
	"via": [concat("", ["owner:", c.f.dataset])],
	"reason": concat("", [c.actor, " owns ", c.f.dataset]),
	"until": "9999-12-31",
}] if {
	c.f.exists == true
	c.action == "approve"
	approvable(c)
	c.f.data_owner == c.actor
} else := []

approvable(c) if {
	is_string(c.f.requested_by)
	c.f.requested_by != c.actor
}
