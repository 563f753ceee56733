"""Reports, pictures and pages made of results."""
