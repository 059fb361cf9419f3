"""The Python step of the exercise: doctors by department, as an Ibis expression."""

import ibis


def transform(doctors: ibis.Table) -> ibis.Table:
    """One row per department, most doctors first."""
    return (
        doctors.filter(doctors.departement.notnull())
        .group_by("departement")
        .agg(doctors=lambda t: t.num_rpps.nunique())
        .order_by(ibis.desc("doctors"), "departement")
    )
