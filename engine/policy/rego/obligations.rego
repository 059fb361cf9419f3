# What must be done to data before it is shown: an allow-list of columns with masks, rows, smallest cell, rounding.
package dataspace

import rego.v1

none := {"columns": {}, "rows": [], "min_cell": 0, "rounding": 0}

# Undefined, which refuses, when the facts about what must be hidden are not as they must be.
own_obligations(c) := obligations_on(c.actor, dataset_read(c)) if {
	c.exists == true
	is_data_action(c.action)
} else := object.union(none, {"min_cell": floor_of, "rounding": base_of}) if {
	c.exists == true
	c.kind == "dashboard"
	floor_of := data.dataspace_facts.pages[c.resource].min_cell
	is_number(floor_of)
	base_of := data.dataspace_facts.pages[c.resource].rounding
	is_number(base_of)
} else := none if {
	action := c.action
	not is_data_action(action)
	is_string(c.kind)
	c.kind != "dashboard"
} else := none if {
	c.action == "create"
	c.exists == false
}

# The dataset that a project's or the catalogue's door opens on.
dataset_read(c) := c.resource if {
	c.kind == "dataset"
} else := data.dataspace_facts.entries[c.resource].dataset if {
	c.kind == "catalog"
}

# What a page does to each dataset behind it.
obligations_behind(c) := found if {
	c.exists == true
	c.kind == "dashboard"
	behind := data.dataspace_facts.pages[c.resource].datasets
	is_array(behind)
	found := {d: o | some d in behind; o := obligations_on(c.actor, d)}
	every d in behind {
		is_object(found[d])
	}
} else := {} if {
	is_string(c.kind)
	c.kind != "dashboard"
} else := {} if {
	c.exists == false
}

obligations_on(actor, dataset) := {"columns": columns, "rows": rows, "min_cell": floor_of, "rounding": base_of} if {
	policies := policies_on(actor, dataset)
	read := dataset
	is_object(data.dataspace_facts.datasets[read].columns)
	floor_of := data.dataspace_facts.datasets[read].min_cell
	is_number(floor_of)
	base_of := data.dataspace_facts.datasets[read].rounding
	is_number(base_of)
	columns := masked(dataset, policies)
	rows := sort_unique([text | some p in policies; some text in p.rows])
}

policies_on(actor, dataset) := found if {
	reader := actor
	read := dataset
	found := [p |
		some whom in data.dataspace_facts.users[reader].principals
		some p in data.dataspace_facts.policies[read][whom]
	]
	every p in found {
		policy_is_sound(p)
	}
}

policy_is_sound(p) if {
	is_array(p.rows)
	every text in p.rows {
		is_string(text)
	}
	is_object(p.columns)
	every _, m in p.columns {
		is_string(m.mask)
		is_number(m.strength)
	}
}

# Every column of the dataset with the strongest mask that any policy lays on it; `clear` without one.
masked(dataset, policies) := columns if {
	count(policies) == 0
	read := dataset
	columns := data.dataspace_facts.datasets[read].columns
} else := object.union(columns, masks) if {
	read := dataset
	columns := data.dataspace_facts.datasets[read].columns
	masks := {column: mask |
		some p in policies
		some column, _ in p.columns
		is_string(columns[column])
		mask := strongest([m | some other in policies; m := other.columns[column]])
	}
}

strongest(masks) := mask if {
	top := max([s | some m in masks; s := m.strength])
	mask := min([t | some m in masks; m.strength == top; t := m.mask])
}
