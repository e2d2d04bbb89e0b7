"""Offers, quotes, licences, and who is paid."""
