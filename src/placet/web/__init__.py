"""What answers requests: small servers over the rooms below."""
