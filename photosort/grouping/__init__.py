"""Features of an album in, groups out: neighbours, number of groups, groups, confidence."""
