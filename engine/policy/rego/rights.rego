# The ways in: each right of the role whose condition holds is one opening {via, reason, until}.
package dataspace

import rego.v1

openings(c) := found if {
	not barred(c)
	found := array.concat([o | some w in whens_of(c); some o in opening(c, w)], owners_approval(c))
} else := []

# Who approves applications for a dataset's entry also approves what else opens the dataset, when asked so.
whens_of(c) := whens({"role": c.role, "kind": "catalog", "action": "approve"}) if {
	c.action == "approve"
	c.kind == "dataset"
	is_approved(c)
} else := whens(c)

# What is approved at all: applications, and what opens a dataset.
is_approved(c) if {
	is_string(c.kind)
	c.kind != "dataset"
}

is_approved(c) if {
	c.kind == "dataset"
	c.part == "opening"
}

# A studio is its owner's alone, and nothing in it is shared or scheduled.
barred(c) if not studio_allows(c)

studio_allows(c) if c.personal == false

studio_allows(c) if {
	c.personal == true
	c.owner == c.actor
	action := c.action
	not is_forbidden_in_studios(action)
}

opening(c, w) := ways_to_create(c, w) if {
	c.action == "create"
	c.exists == false
} else := ways_through_catalogue(c, w) if {
	c.exists == true
	c.kind == "catalog"
	is_data_action(c.action)
} else := ways_to_approve(c, w) if {
	c.exists == true
	c.action == "approve"
} else := ways(c, w) if {
	c.exists == true
	action := c.action
	not has_ways_of_its_own(action)
}

is_forbidden_in_studios(action) if action in {"share", "schedule"}

has_ways_of_its_own(action) if action in {"create", "approve"}

is_created_otherwise(kind) if kind in {"nothing", "studio"}

is_data_action(action) if action in {"preview", "export", "use"}

way(c, via, reason) := [{
	"via": array.concat([concat("", ["role:", c.role])], via),
	"reason": reason,
	"until": "9999-12-31",
}]

# Conditions on something that exists.
ways(c, "any") := way(c, [], concat("", ["role ", c.role, " may ", c.action, " any ", c.kind])) if {
	action := c.action
	not is_data_action(action)
}

ways(c, "any") := way(c, [], concat("", ["role ", c.role, " may ", c.action, " any ", c.kind, " within its clearance"])) if {
	is_data_action(c.action)
	cleared(c)
}

ways(c, "member") := way(c, [concat("", ["project:", c.project])], concat("", [c.actor, " belongs to project ", c.project, " as ", standing])) if {
	standing := standing_in(c, c.project)
}

ways(c, "manager") := way(c, [concat("", ["project:", c.project])], concat("", [c.actor, " is a manager of project ", c.project])) if {
	standing_in(c, c.project) == "manager"
	whole_or_members(c)
}

ways(c, "owner") := way(c, [concat("", ["project:", c.project])], concat("", [c.actor, " owns ", c.project])) if {
	c.personal == true
	c.owner == c.actor
}

ways(c, "clearance") := way(c, [], concat("", ["clearance of ", c.actor, " covers ", level_name(c.level)])) if {
	cleared(c)
}

ways(c, "shared") := [o | some p in data.dataspace_facts.users[c.actor].principals; some o in share_to(c, p)] if {
	c.kind == "dashboard"
}

# What managers may change of a project is who its members are.
whole_or_members(c) if {
	is_string(c.kind)
	c.kind != "project"
}

whole_or_members(c) if {
	c.kind == "project"
	is_string(c.action)
	c.action != "update"
}

whole_or_members(c) if {
	c.kind == "project"
	c.action == "update"
	c.part == "members"
}

standing_in(c, project) := standing if {
	p := project
	standing := data.dataspace_facts.users[c.actor].projects[p]
	standing in {"member", "manager", "owner"}
}

cleared(c) if {
	is_number(c.level)
	is_number(c.clearance)
	c.level <= c.clearance
}

share_to(c, p) := way(c, [concat("", ["share:", p])], concat("", ["it is shared with ", p, " to ", access])) if {
	whom := p
	access := data.dataspace_facts.pages[c.resource].shares[whom]
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

above_clearance("everyone", c) if c.level == 0

# Creating something at an address nobody has yet.
ways_to_create(c, "any") := way(c, [], concat("", ["role ", c.role, " may create any ", c.kind])) if {
	kind := c.kind
	not is_created_otherwise(kind)
}

ways_to_create(c, "owner") := way(c, [], concat("", [c.actor, " may create a studio of their own"])) if {
	c.kind == "studio"
	c.resource == concat("", ["project/studio-", c.actor])
}

ways_to_create(c, "member") := way(c, [concat("", ["project:", p])], concat("", [c.actor, " belongs to project ", p, " as ", standing])) if {
	p := home(c)
	standing := standing_in(c, p)
} else := way(c, [], concat("", [c.actor, " may create a studio of their own"])) if {
	home(c) == concat("", ["studio-", c.actor])
	studio := concat("", ["project/studio-", c.actor])
	not mentioned(studio)
	"owner" in whens({"role": c.role, "kind": "studio", "action": "create"})
}

ways_to_create(c, "manager") := way(c, [concat("", ["project:", p])], concat("", [c.actor, " is a manager of project ", p])) if {
	p := home(c)
	standing_in(c, p) == "manager"
}

# A catalogue entry belongs to the project of the dataset it offers; for a new one the request says which.
home(c) := c.project if {
	is_string(c.kind)
	c.kind != "catalog"
}

home(c) := c.new_project if c.kind == "catalog"

# Approving an application: never one's own, nor one for oneself alone; the dataset's owner, or a role that
# approves any.
ways_to_approve(c, "any") := way(c, [], concat("", ["role ", c.role, " may approve any application"])) if {
	approvable(c)
}

owners_approval(c) := [{
	"via": [concat("", ["owner:", data.dataspace_facts.applications[c.resource].dataset])],
	"reason": concat("", [c.actor, " owns ", data.dataspace_facts.applications[c.resource].dataset]),
	"until": "9999-12-31",
}] if {
	c.exists == true
	c.action == "approve"
	approvable(c)
	owner := data.dataspace_facts.applications[c.resource].data_owner
	owner == c.actor
} else := []

approvable(c) if {
	is_approved(c)
	asker := data.dataspace_facts.applications[c.resource].requested_by
	is_string(c.actor)
	is_string(asker)
	asker != c.actor
	beneficiary := data.dataspace_facts.applications[c.resource].beneficiary
	is_string(beneficiary)
	beneficiary != c.actor
}
