"""Modules under the names that Captum's tutorials import."""
