"""What the article says of Nanhu, as rows, and what a portal for Nanhu starts with."""
