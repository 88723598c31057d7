"""Index over the histories of all clusters: one SQLite file, `app.db`, in the data folder.

Records stay in the history of their cluster; this file holds the state that they fold into, and
what only this person knows. It can be folded again from the histories at any time.
"""
