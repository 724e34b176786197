"""What members do, and what is recorded of them: one module a subject."""
