"""Templates: a small part of Jinja2 whose work and output are bounded."""
