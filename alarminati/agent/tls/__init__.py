"""This replica's certificate: files, end, renewal."""
