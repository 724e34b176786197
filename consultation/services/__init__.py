"""What can be done with venues, events, topics, agreements and projects: one module a subject, one act a function."""
