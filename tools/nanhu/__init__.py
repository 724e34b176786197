"""The facts about Nanhu from the article, as rows, and the initial content of a portal for Nanhu."""
