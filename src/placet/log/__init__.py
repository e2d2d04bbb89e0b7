"""The sequencer: entries become durable, then part of the tree, then part of a signed checkpoint."""
