"""Proof that both implementations agree: samples, witnesses, comparison, planted mistakes, and the tests."""
