"""What the command line promises its callers."""

EXIT = {"failed": 1, "usage": 2, "no_server": 3, "not_found": 4, "conflict": 5, "unauthorised": 6, "model": 7,
        "interrupted": 130}
