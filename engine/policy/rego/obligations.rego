# What must be done to data before it is shown: an allow-list of columns with masks, rows, smallest cell.
package dataspace

import rego.v1

none := {"columns": {}, "rows": [], "min_cell": 0}

duties_of(c) := {"obligations": obligations_on(c, c.f.dataset), "datasets": {}} if {
	is_data_action(c.action)
	c.f.exists == true
	c.f.kind in {"dataset", "catalog"}
} else := {"obligations": object.union(none, {"min_cell": c.f.min_cell}), "datasets": parts} if {
	c.f.exists == true
	c.f.kind == "dashboard"
	is_number(c.f.min_cell)
	is_array(c.f.datasets)
	parts := {d: o | some d in c.f.datasets; o := obligations_on(c, d)}
	every d in c.f.datasets {
		is_object(parts[d])
	}
} else := {"obligations": none, "datasets": {}} if {
	not carries_data(c)
}

carries_data(c) if {
	c.f.exists == true
	c.f.kind == "dashboard"
}

carries_data(c) if {
	c.f.exists == true
	is_data_action(c.action)
}

obligations_on(c, dataset) := {
	"columns": object.union(d.columns, masked(d.columns, policies)),
	"rows": sort_unique([text | some p in policies; some text in p.rows]),
	"min_cell": d.min_cell,
} if {
	d := data.dataspace_facts.resources[dataset]
	d.kind == "dataset"
	is_object(d.columns)
	is_number(d.min_cell)
	policies := [p | some whom in c.u.principals; some p in data.dataspace_facts.policies[dataset][whom]]
	every p in policies {
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

# The strongest mask of each column that any policy masks.
masked(columns, policies) := {column: mask |
	some p in policies
	some column, _ in p.columns
	is_string(columns[column])
	mask := strongest([m | some other in policies; m := other.columns[column]])
}

strongest(masks) := mask if {
	top := max([s | some m in masks; s := m.strength])
	mask := min([t | some m in masks; m.strength == top; t := m.mask])
}
