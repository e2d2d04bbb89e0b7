"""Works, parties and what was said: the use-cases and the ports they need."""
