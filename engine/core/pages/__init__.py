"""Dashboards, pure: what their tiles ask, what is wrong with them, and the values a page is drawn from."""
