"""Shapes of the app's local API; `docs/ui-api.json` is made of them, and the page's types of that.

Times are milliseconds since 1970 UTC, 0 meaning never or not yet. Enums are strings. Readers skip
fields and show values that they do not know as text.
"""
