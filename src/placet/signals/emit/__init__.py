"""One policy, written in every format that a site can say it in."""
