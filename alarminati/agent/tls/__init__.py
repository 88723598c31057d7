"""Certificate of this replica: files, expiry, renewal."""
